//! Verifies the kernel and the modules against the configuration, while they are copied.
//!
//! | `verify =` | what is compared | by which loader |
//! |---|---|---|
//! | `checksum`, the default | the Fletcher checksum: detects damaged and outdated files | all |
//! | `sha256` | SHA-256: also detects deliberate changes | built with the feature `sha256` |
//! | `none` | nothing | all |
//!
//! A file without a checksum in the configuration is loaded, and a line reports that it is unverified. A loader whose
//! [`Policy`] requires a signature rejects it, whatever the value of `verify`.

use core::fmt;

use farjump_checksum::{Checksum, Sums};

use crate::config::{Config, Verify};
use crate::console::{self, Log};
use crate::platform::Console;
use crate::policy::Policy;
#[cfg(feature = "sha256")]
use crate::sha256::Sha256;

/// Copies a file's bytes, and verifies them.
#[expect(clippy::large_enum_variant, reason = "only one exists at a time, and there is no heap for its sums")]
pub(crate) enum Verifier {
    /// Only copies, for this reason.
    Skipped(&'static str),
    /// Also calculates the checksum, which must be this one.
    Checksum(Sums, Checksum),
    /// Also calculates the SHA-256 hash, which must be this one.
    #[cfg(feature = "sha256")]
    Sha256(Sha256, [u8; 32]),
}

impl Verifier {
    /// Returns a verifier that only copies, for files that are verified in another way.
    pub(crate) const fn nothing() -> Self {
        Self::Skipped("")
    }

    /// Returns the verifier for the file at `path`, as the configuration specifies it.
    pub(crate) fn new(policy: &Policy, config: &Config<'_>, path: &str) -> Result<Self, VerifyError> {
        match config.verify {
            _ if policy.requires_signature() => Self::by_hash(config, path)?.ok_or(VerifyError::NotSigned),
            Verify::None => Ok(Self::Skipped("verify = none")),
            Verify::Checksum => Ok(match config.checksum_of(path) {
                Some(expected) => Self::Checksum(Sums::new(), expected),
                None => Self::Skipped("the configuration has no checksum of it"),
            }),
            Verify::Sha256 => {
                let unknown = Self::Skipped("the configuration has no SHA-256 hash of it");
                Ok(Self::by_hash(config, path)?.unwrap_or(unknown))
            }
        }
    }

    #[cfg(feature = "sha256")]
    fn by_hash(config: &Config<'_>, path: &str) -> Result<Option<Self>, VerifyError> {
        Ok(config.sha256_of(path).map(|expected| Self::Sha256(Sha256::new(), expected)))
    }

    #[cfg(not(feature = "sha256"))]
    fn by_hash(_: &Config<'_>, _: &str) -> Result<Option<Self>, VerifyError> {
        Err(VerifyError::NoSha256)
    }

    /// Copies the next bytes of a part; both slices have the same length.
    pub(crate) fn copy(&mut self, from: &[u8], to: &mut [u8]) {
        match self {
            Self::Skipped(_) => to.copy_from_slice(from),
            Self::Checksum(sums, _) => sums.copy(from, to),
            #[cfg(feature = "sha256")]
            Self::Sha256(hash, _) => {
                to.copy_from_slice(from);
                hash.update(to);
            }
        }
    }

    /// Adds a part that has been copied already.
    pub(crate) fn part(&mut self, bytes: &[u8]) {
        match self {
            Self::Skipped(_) => {}
            Self::Checksum(sums, _) => sums.part(bytes),
            #[cfg(feature = "sha256")]
            Self::Sha256(hash, _) => hash.update(bytes),
        }
    }

    /// Ends the part that was copied.
    pub(crate) fn end_part(&mut self) {
        if let Self::Checksum(sums, _) = self {
            sums.end_part();
        }
    }

    /// Compares the result for the file at `path` with the configuration.
    pub(crate) fn finish<C: Console>(self, log: &mut Log<C>, path: &str) -> Result<(), VerifyError> {
        match self {
            Self::Skipped(reason) => console::info!(log, "{path}: unverified: {reason}"),
            Self::Checksum(sums, expected) => {
                let found = sums.finish();
                if found != expected {
                    return Err(VerifyError::Checksum { found, expected });
                }
            }
            #[cfg(feature = "sha256")]
            Self::Sha256(hash, expected) => {
                if hash.finish() != expected {
                    return Err(VerifyError::Sha256);
                }
            }
        }
        Ok(())
    }
}

/// Why a file is rejected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum VerifyError {
    /// Its checksum doesn't match.
    Checksum {
        /// The file's checksum.
        found: Checksum,
        /// The checksum in the configuration.
        expected: Checksum,
    },
    /// Its hash doesn't match.
    #[cfg(feature = "sha256")]
    Sha256,
    /// This loader doesn't support SHA-256.
    #[cfg(not(feature = "sha256"))]
    NoSha256,
    /// This loader requires a signature, and the signed configuration has no hash of the file.
    NotSigned,
}

impl fmt::Display for VerifyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Checksum { found, expected } => write!(
                f,
                "checksum mismatch: it is {found}, not {expected}: copy the file again, or cargo xtask seal"
            ),
            #[cfg(feature = "sha256")]
            Self::Sha256 => {
                f.write_str("SHA-256 mismatch: copy the file again")
            }
            #[cfg(not(feature = "sha256"))]
            Self::NoSha256 => f.write_str(
                "verify = sha256 needs another stage 2: cargo xtask image --verify sha256 puts it on the disk",
            ),
            Self::NotSigned => f.write_str("the signed configuration has no SHA-256 hash of it"),
        }
    }
}
