//! What a loader requires independently of the configuration. This is decided when the loader is built.

#[cfg(feature = "signed")]
use crate::signature::VerificationKey;

/// What a loader requires of a boot volume.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    #[cfg(feature = "signed")]
    verification_key: Option<VerificationKey>,
}

impl Policy {
    /// Boots whatever the configuration names.
    pub const ANY: Self = Self {
        #[cfg(feature = "signed")]
        verification_key: None,
    };

    /// Boots only what is signed, and verifies it with this key.
    #[cfg(feature = "signed")]
    #[must_use]
    pub const fn signed(key: VerificationKey) -> Self {
        Self { verification_key: Some(key) }
    }

    /// Returns the key that verifies the configuration's signature, if it must be signed.
    #[cfg(feature = "signed")]
    pub(crate) const fn verification_key(&self) -> Option<&VerificationKey> {
        self.verification_key.as_ref()
    }

    /// Returns whether the configuration must be signed.
    #[cfg_attr(
        not(feature = "signed"),
        expect(clippy::unused_self, reason = "without the feature, no policy requires it")
    )]
    pub(crate) const fn requires_signature(&self) -> bool {
        #[cfg(feature = "signed")]
        let is_required = self.verification_key.is_some();
        #[cfg(not(feature = "signed"))]
        let is_required = false;
        is_required
    }
}
