//! Whether a file of the boot volume may be run.
//!
//! After a signed boot, only what its owner signed may be run: the loader hands over the paths and SHA-256 hashes of
//! the signed configuration, which a writer of the volume can't change. After any other boot every file may
//! be run. A file that is only shown needs no hash.

use core::fmt;

use farjump_api::{BootFlags, SignedFile};
use sha2::{Digest as _, Sha256};

/// What a file's bytes must be.
#[derive(Debug, Clone, Copy)]
pub(super) enum Requirement {
    /// The boot wasn't a signed one.
    Any,
    /// The bytes with the hash of this entry.
    Signed(&'static SignedFile),
}

impl Requirement {
    /// What must be at `path`. Before the kernel library is started, nothing may be run.
    pub(super) fn of(path: &str) -> Result<Self, SignedError> {
        let boot_info = crate::boot::info().ok_or(SignedError::NotListed)?;
        if !boot_info.flags.contains(BootFlags::SIGNED) {
            return Ok(Self::Any);
        }
        boot_info.signed_file(path).map(Self::Signed).ok_or(SignedError::NotListed)
    }

    /// Whether `bytes` are that.
    pub(super) fn check(self, bytes: &[u8]) -> Result<(), SignedError> {
        match self {
            Self::Signed(file) if Sha256::digest(bytes)[..] != file.sha256 => Err(SignedError::OtherHash),
            Self::Any | Self::Signed(_) => Ok(()),
        }
    }
}

/// Why a file isn't run after a signed boot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignedError {
    /// The signed configuration has no hash for its path.
    NotListed,
    /// Its hash is another one than the configuration says.
    OtherHash,
}

impl fmt::Display for SignedError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotListed => "not signed: the signed configuration has no SHA-256 hash of it",
            Self::OtherHash => {
                "damaged, or not the file that was signed: its SHA-256 hash isn't the one in the signed configuration"
            }
        })
    }
}

impl core::error::Error for SignedError {}
