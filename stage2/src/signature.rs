//! The signature over the configuration: nothing that it doesn't cover is booted.
//!
//! ```text
//! stage 2            public key, least counter      checked by stage 1 and by itself, not against attackers
//! /farjump.sig       64 bytes                       Ed25519, over all bytes of
//! /farjump.conf      counter, command line, paths, SHA-256 hashes of
//! kernel, modules
//! ```
//!
//! Whoever can write the boot sector and stage 2 can replace the key: these must be where others can't write, or be
//! compared from outside.
//!
//! Source: RFC 8032, "Ed25519".

use core::fmt;

use ed25519_compact::{PublicKey, Signature};

/// Path of the signature.
pub(crate) const SIGNATURE_PATH: &str = "/farjump.sig";

/// Bytes of a signature.
pub(crate) const SIGNATURE_SIZE: usize = Signature::BYTES;

/// Whom this stage 2 trusts. The image builder writes it: see `xtask/src/build/trust.rs`.
#[repr(C)]
struct Trust {
    public_key: [u8; PublicKey::BYTES],
    /// Configurations with a lower one are too old; little-endian.
    least_counter: [u8; 8],
}

#[used]
#[unsafe(no_mangle)]
static FARJUMP_TRUST: Trust = Trust { public_key: [0; PublicKey::BYTES], least_counter: [0; 8] };

fn trust() -> Trust {
    // SAFETY: a static of bytes; volatile, because what the compiler sees in it isn't what is on the disk.
    unsafe { (&raw const FARJUMP_TRUST).read_volatile() }
}

/// Whether `signature` is one over `configuration` by the key in this stage 2.
pub(crate) fn check(configuration: &[u8], signature: &[u8; SIGNATURE_SIZE]) -> Result<(), SignatureError> {
    let key = PublicKey::new(trust().public_key);
    key.verify(configuration, &Signature::new(*signature)).map_err(|_| SignatureError::Wrong)
}

/// Whether a signed configuration's counter isn't one of before.
pub(crate) fn check_counter(counter: u64) -> Result<(), SignatureError> {
    let least = u64::from_le_bytes(trust().least_counter);
    if counter < least { Err(SignatureError::Rollback { counter, least }) } else { Ok(()) }
}

/// Why a configuration isn't taken.
#[derive(Debug, Clone, Copy)]
pub(crate) enum SignatureError {
    /// The file has so many bytes.
    Size(u64),
    /// It is no signature of this configuration by this key.
    Wrong,
    /// The configuration was signed before others.
    Rollback { counter: u64, least: u64 },
}

impl fmt::Display for SignatureError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Size(size) => write!(f, "{size} bytes, a signature has {SIGNATURE_SIZE}"),
            Self::Wrong => f.write_str(
                "no signature of /farjump.conf by the key in stage 2: it was changed, or signed by somebody else",
            ),
            Self::Rollback { counter, least } => {
                write!(f, "the configuration has counter {counter}, which is older than {least}: sign a newer one")
            }
        }
    }
}
