//! Whether kernel and modules are what the configuration says: told while they are copied.
//!
//! | `verify =` | what is compared | by which loader |
//! |---|---|---|
//! | `checksum`, or nothing | Fletcher's sums: what was damaged or forgotten | in all |
//! | `sha256` | SHA-256: what was changed by somebody, too | built with the feature `sha256` |
//! | `none` | nothing | in all |
//!
//! A file that the configuration gives no checksum of is loaded, and a line says that it is unverified. A loader
//! whose [`Policy`] wants a signature refuses it, whatever `verify` says.

use core::fmt;

use farjump_checksum::{Checksum, Sums};

use crate::config::{Config, Verify};
use crate::console::{self, Log};
use crate::platform::Console;
use crate::policy::Policy;
#[cfg(feature = "sha256")]
use crate::sha256::Sha256;

/// Copies a file's bytes, and tells in the end whether they are the right ones.
#[expect(clippy::large_enum_variant, reason = "one lives at a time, and there is no heap to put its sums on")]
pub(crate) enum Verifier {
    /// Copies only; why the file isn't verified.
    Nothing(&'static str),
    /// Sums too; what must come out.
    Checksum(Sums, Checksum),
    /// Hashes too; what must come out.
    #[cfg(feature = "sha256")]
    Sha256(Sha256, [u8; 32]),
}

impl Verifier {
    /// For what is verified in another way.
    pub(crate) const fn nothing() -> Self {
        Self::Nothing("")
    }

    /// As the configuration has it for the file at `path`.
    pub(crate) fn new(policy: &Policy, config: &Config<'_>, path: &str) -> Result<Self, VerifyError> {
        match config.verify {
            _ if policy.wants_signature() => Self::by_hash(config, path)?.ok_or(VerifyError::NotSigned),
            Verify::None => Ok(Self::Nothing("verify = none")),
            Verify::Checksum => Ok(match config.checksum_of(path) {
                Some(expected) => Self::Checksum(Sums::new(), expected),
                None => Self::Nothing("the configuration has no checksum of it"),
            }),
            Verify::Sha256 => {
                let unknown = Self::Nothing("the configuration has no SHA-256 hash of it");
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
            Self::Nothing(_) => to.copy_from_slice(from),
            Self::Checksum(sums, _) => sums.copy(from, to),
            #[cfg(feature = "sha256")]
            Self::Sha256(hash, _) => {
                to.copy_from_slice(from);
                hash.update(to);
            }
        }
    }

    /// A part that has been copied already.
    pub(crate) fn part(&mut self, bytes: &[u8]) {
        match self {
            Self::Nothing(_) => {}
            Self::Checksum(sums, _) => sums.part(bytes),
            #[cfg(feature = "sha256")]
            Self::Sha256(hash, _) => hash.update(bytes),
        }
    }

    /// The part that was copied is complete.
    pub(crate) fn end_part(&mut self) {
        if let Self::Checksum(sums, _) = self {
            sums.end_part();
        }
    }

    /// The verdict on the file at `path`.
    pub(crate) fn finish<C: Console>(self, log: &mut Log<C>, path: &str) -> Result<(), VerifyError> {
        match self {
            Self::Nothing(reason) => console::info!(log, "{path}: unverified: {reason}"),
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

/// Why a file isn't taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum VerifyError {
    /// Its checksum is another one.
    Checksum {
        /// That of the file.
        found: Checksum,
        /// That of the configuration.
        expected: Checksum,
    },
    /// Its hash is another one.
    #[cfg(feature = "sha256")]
    Sha256,
    /// This loader can't hash.
    #[cfg(not(feature = "sha256"))]
    NoSha256,
    /// This loader takes only what was signed, and this wasn't.
    NotSigned,
}

impl fmt::Display for VerifyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Checksum { found, expected } => write!(
                f,
                "damaged, or not the file that was sealed: its checksum is {found}, not {expected}: copy it again, \
                 or cargo xtask seal"
            ),
            #[cfg(feature = "sha256")]
            Self::Sha256 => {
                f.write_str("damaged, or not the file that was sealed: its SHA-256 hash is another one: copy it again")
            }
            #[cfg(not(feature = "sha256"))]
            Self::NoSha256 => f.write_str(
                "verify = sha256 needs another stage 2: cargo xtask image --verify sha256 puts it on the disk",
            ),
            Self::NotSigned => f.write_str("the signed configuration has no SHA-256 hash of it"),
        }
    }
}
