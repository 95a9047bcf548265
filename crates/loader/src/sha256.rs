//! SHA-256 of several parts.

use sha2::Digest as _;

/// A hash under construction.
pub(crate) struct Sha256(sha2::Sha256);

impl Sha256 {
    pub(crate) fn new() -> Self {
        Self(sha2::Sha256::new())
    }

    /// Adds the next bytes.
    pub(crate) fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// Returns the hash of all bytes.
    pub(crate) fn finish(self) -> [u8; 32] {
        self.0.finalize().into()
    }
}
