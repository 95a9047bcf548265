//! The signature of the configuration. A loader for signed images boots only what the signature covers.
//!
//! ```text
//! stage 2            public key, minimum counter    checked by stage 1 and itself, but only for accidental damage
//! /farjump.sig       64 bytes                       Ed25519, over all bytes of
//! /farjump.conf      counter, command line, paths, SHA-256 hashes of
//! kernel, modules    checked by the loader
//! other files        checked by the kernel before it runs one
//! ```
//!
//! An attacker who can write the boot sector and stage 2 can replace the key. Both must be protected against writes, or
//! be compared with known contents from another system.
//!
//! Source: RFC 8032, "Ed25519".

use core::fmt;

use ed25519_compact::{PublicKey, Signature};

/// Path of the signature.
pub const PATH: &str = "/farjump.sig";

/// Bytes of a signature.
pub const SIZE: usize = Signature::BYTES;

/// The verification key of a stage 2, in the format that the image builder writes into stage 2.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VerificationKey {
    public_key: [u8; PublicKey::BYTES],
    /// Little-endian.
    min_counter: [u8; 8],
}

impl VerificationKey {
    /// No key, which verifies no signature: a stage 2 contains it until the image builder has written a key.
    pub const NONE: Self = Self { public_key: [0; PublicKey::BYTES], min_counter: [0; 8] };

    /// Returns a key for configurations that `public_key` verifies and whose counter is at least `min_counter`.
    #[must_use]
    pub const fn new(public_key: [u8; PublicKey::BYTES], min_counter: u64) -> Self {
        Self { public_key, min_counter: min_counter.to_le_bytes() }
    }

    /// Returns the bytes in stage 2.
    #[must_use]
    pub fn to_bytes(self) -> [u8; size_of::<Self>()] {
        let mut bytes = [0; size_of::<Self>()];
        let (key, counter) = bytes.split_at_mut(PublicKey::BYTES);
        key.copy_from_slice(&self.public_key);
        counter.copy_from_slice(&self.min_counter);
        bytes
    }

    /// Verifies `signature`, the bytes of [`PATH`], for `configuration`.
    ///
    /// # Errors
    /// It has another size, or isn't a signature of the configuration by this key.
    pub fn check(&self, configuration: &[u8], signature: &[u8]) -> Result<(), SignatureError> {
        let signature = signature.try_into().map_err(|_| SignatureError::Size(signature.len() as u64))?;
        let key = PublicKey::new(self.public_key);
        key.verify(configuration, &Signature::new(signature)).map_err(|_| SignatureError::Wrong)
    }

    /// Checks the counter of a signed configuration.
    ///
    /// # Errors
    /// The counter is lower than the minimum.
    pub fn check_counter(&self, counter: u64) -> Result<(), SignatureError> {
        let min = u64::from_le_bytes(self.min_counter);
        if counter < min { Err(SignatureError::Rollback { counter, min }) } else { Ok(()) }
    }
}

/// Why a signature or a counter is rejected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignatureError {
    /// The size of the file, in bytes, is wrong.
    Size(u64),
    /// It isn't a signature of this configuration by this key.
    Wrong,
    /// The configuration is older than the minimum.
    Rollback {
        /// The configuration's counter.
        counter: u64,
        /// The minimum.
        min: u64,
    },
}

impl fmt::Display for SignatureError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Size(size) => write!(f, "{size} bytes, a signature has {SIZE}"),
            Self::Wrong => f.write_str(
                "no signature of /farjump.conf by the key in stage 2: it was changed, or signed with another key",
            ),
            Self::Rollback { counter, min } => {
                write!(f, "the configuration has counter {counter}, which is older than {min}: sign a newer one")
            }
        }
    }
}

impl core::error::Error for SignatureError {}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 8032, section 7.1, test 2: the key, and the signature of one byte.
    const KEY: &str = "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c";
    const MESSAGE: &[u8] = &[0x72];
    const SIGNATURE: &str = "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da\
                             085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00";

    fn bytes<const N: usize>(digits: &str) -> [u8; N] {
        std::array::from_fn(|index| u8::from_str_radix(&digits[2 * index..2 * index + 2], 16).unwrap())
    }

    #[test]
    fn only_the_signature_of_the_standard_is_valid() {
        let key = VerificationKey::new(bytes(KEY), 0);
        let signature: [u8; SIZE] = bytes(SIGNATURE);
        assert_eq!(key.check(MESSAGE, &signature), Ok(()));
        assert_eq!(key.check(&[0x73], &signature), Err(SignatureError::Wrong));
        assert_eq!(key.check(MESSAGE, &signature[..32]), Err(SignatureError::Size(32)));
        for bit in 0..SIZE * 8 {
            let mut signature = signature;
            signature[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(key.check(MESSAGE, &signature), Err(SignatureError::Wrong), "bit {bit}");
        }
    }

    #[test]
    fn without_a_key_no_signature_is_valid() {
        assert_eq!(
            VerificationKey::NONE.check(MESSAGE, &bytes::<SIZE>(SIGNATURE)),
            Err(SignatureError::Wrong)
        );
        assert_eq!(VerificationKey::NONE.check(b"", &[0; SIZE]), Err(SignatureError::Wrong));
        let mut identity = [0; SIZE];
        identity[0] = 1;
        assert_eq!(VerificationKey::NONE.check(b"", &identity), Err(SignatureError::Wrong));
    }

    #[test]
    fn an_older_counter_is_rejected() {
        let key = VerificationKey::new(bytes(KEY), 3);
        assert_eq!(key.check_counter(2), Err(SignatureError::Rollback { counter: 2, min: 3 }));
        assert_eq!([3, u64::MAX].map(|counter| key.check_counter(counter)), [Ok(()); 2]);
    }

    #[test]
    fn in_stage_2_the_counter_follows_the_key() {
        let written = VerificationKey::new([7; 32], 0x0102).to_bytes();
        assert_eq!((&written[..32], &written[32..]), (&[7; 32][..], &[2, 1, 0, 0, 0, 0, 0, 0][..]));
    }
}
