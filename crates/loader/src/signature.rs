//! The signature over the configuration: nothing that it doesn't cover is booted.
//!
//! ```text
//! stage 2            public key, least counter      checked by stage 1 and by itself, not against attackers
//! /farjump.sig       64 bytes                       Ed25519, over all bytes of
//! /farjump.conf      counter, command line, paths, SHA-256 hashes of
//! kernel, modules    checked by the loader
//! other files        checked by the kernel, when it is to run one
//! ```
//!
//! Whoever can write the boot sector and stage 2 can replace the key: these must be where others can't write, or be
//! compared from outside.
//!
//! Source: RFC 8032, "Ed25519".

use core::fmt;

use ed25519_compact::{PublicKey, Signature};

/// Path of the signature.
pub const PATH: &str = "/farjump.sig";

/// Bytes of a signature.
pub const SIZE: usize = Signature::BYTES;

/// Whom a stage 2 trusts: as the image builder writes it into a stage 2's bytes.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Trust {
    public_key: [u8; PublicKey::BYTES],
    /// Little-endian.
    least_counter: [u8; 8],
}

impl Trust {
    /// Nobody: what stands in a stage 2 before the image builder has written whom it trusts.
    pub const NOBODY: Self = Self { public_key: [0; PublicKey::BYTES], least_counter: [0; 8] };

    /// Whoever has this key, and of that only configurations that haven't a lower counter.
    #[must_use]
    pub const fn new(public_key: [u8; PublicKey::BYTES], least_counter: u64) -> Self {
        Self { public_key, least_counter: least_counter.to_le_bytes() }
    }

    /// The bytes in stage 2.
    #[must_use]
    pub fn to_bytes(self) -> [u8; size_of::<Self>()] {
        let mut bytes = [0; size_of::<Self>()];
        let (key, counter) = bytes.split_at_mut(PublicKey::BYTES);
        key.copy_from_slice(&self.public_key);
        counter.copy_from_slice(&self.least_counter);
        bytes
    }

    /// Whether `signature`, the bytes of [`PATH`], is one over `configuration` by the trusted key.
    ///
    /// # Errors
    /// It has another size, or is none.
    pub fn check(&self, configuration: &[u8], signature: &[u8]) -> Result<(), SignatureError> {
        let signature = signature.try_into().map_err(|_| SignatureError::Size(signature.len() as u64))?;
        let key = PublicKey::new(self.public_key);
        key.verify(configuration, &Signature::new(signature)).map_err(|_| SignatureError::Wrong)
    }

    /// Whether a signed configuration's counter isn't one of before.
    ///
    /// # Errors
    /// It is.
    pub fn check_counter(&self, counter: u64) -> Result<(), SignatureError> {
        let least = u64::from_le_bytes(self.least_counter);
        if counter < least { Err(SignatureError::Rollback { counter, least }) } else { Ok(()) }
    }
}

/// Why a configuration isn't taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignatureError {
    /// The file has so many bytes.
    Size(u64),
    /// It is no signature of this configuration by this key.
    Wrong,
    /// The configuration was signed before others.
    Rollback {
        /// The configuration's.
        counter: u64,
        /// The lowest that is taken.
        least: u64,
    },
}

impl fmt::Display for SignatureError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Size(size) => write!(f, "{size} bytes, a signature has {SIZE}"),
            Self::Wrong => f.write_str(
                "no signature of /farjump.conf by the key in stage 2: it was changed, or signed by somebody else",
            ),
            Self::Rollback { counter, least } => {
                write!(f, "the configuration has counter {counter}, which is older than {least}: sign a newer one")
            }
        }
    }
}

impl core::error::Error for SignatureError {}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 8032, section 7.1, test 2: the key, and the signature over one byte.
    const KEY: &str = "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c";
    const MESSAGE: &[u8] = &[0x72];
    const SIGNATURE: &str = "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da\
                             085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00";

    fn bytes<const N: usize>(digits: &str) -> [u8; N] {
        std::array::from_fn(|index| u8::from_str_radix(&digits[2 * index..2 * index + 2], 16).unwrap())
    }

    #[test]
    fn the_standards_signature_is_taken_and_no_other() {
        let trust = Trust::new(bytes(KEY), 0);
        let signature: [u8; SIZE] = bytes(SIGNATURE);
        assert_eq!(trust.check(MESSAGE, &signature), Ok(()));
        assert_eq!(trust.check(&[0x73], &signature), Err(SignatureError::Wrong));
        assert_eq!(trust.check(MESSAGE, &signature[..32]), Err(SignatureError::Size(32)));
        for bit in 0..SIZE * 8 {
            let mut signature = signature;
            signature[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(trust.check(MESSAGE, &signature), Err(SignatureError::Wrong), "bit {bit}");
        }
    }

    #[test]
    fn nobody_is_trusted_with_anything() {
        assert_eq!(Trust::NOBODY.check(MESSAGE, &bytes::<SIZE>(SIGNATURE)), Err(SignatureError::Wrong));
        assert_eq!(Trust::NOBODY.check(b"", &[0; SIZE]), Err(SignatureError::Wrong));
        let mut identity = [0; SIZE];
        identity[0] = 1;
        assert_eq!(Trust::NOBODY.check(b"", &identity), Err(SignatureError::Wrong));
    }

    #[test]
    fn a_counter_of_before_is_refused() {
        let trust = Trust::new(bytes(KEY), 3);
        assert_eq!(trust.check_counter(2), Err(SignatureError::Rollback { counter: 2, least: 3 }));
        assert_eq!([3, u64::MAX].map(|counter| trust.check_counter(counter)), [Ok(()); 2]);
    }

    #[test]
    fn in_stage_2_the_counter_follows_the_key() {
        let written = Trust::new([7; 32], 0x0102).to_bytes();
        assert_eq!((&written[..32], &written[32..]), (&[7; 32][..], &[2, 1, 0, 0, 0, 0, 0, 0][..]));
    }
}
