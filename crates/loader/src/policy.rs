//! What a loader insists on, whatever the configuration says: it was decided when the loader was made.

#[cfg(feature = "signed")]
use crate::signature::Trust;

/// What a loader insists on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    #[cfg(feature = "signed")]
    trust: Option<Trust>,
}

impl Policy {
    /// Boots what the configuration says.
    pub const ANY: Self = Self {
        #[cfg(feature = "signed")]
        trust: None,
    };

    /// Boots nothing that isn't signed by the one who is trusted.
    #[cfg(feature = "signed")]
    #[must_use]
    pub const fn signed(trust: Trust) -> Self {
        Self { trust: Some(trust) }
    }

    /// Who must have signed the configuration, if it must be signed.
    #[cfg(feature = "signed")]
    pub(crate) const fn trust(&self) -> Option<&Trust> {
        self.trust.as_ref()
    }

    /// Whether only what is signed is booted.
    #[cfg_attr(
        not(feature = "signed"),
        expect(clippy::unused_self, reason = "without the feature, no policy has it")
    )]
    pub(crate) const fn wants_signature(&self) -> bool {
        #[cfg(feature = "signed")]
        let wants = self.trust.is_some();
        #[cfg(not(feature = "signed"))]
        let wants = false;
        wants
    }
}
