//! The verification key of this stage 2, which the image builder writes here. `farjump_loader::signature` uses it.

use farjump_loader::signature::VerificationKey;

#[used]
#[unsafe(no_mangle)]
static FARJUMP_VERIFICATION_KEY: VerificationKey = VerificationKey::NONE;

/// Returns the verification key that the image builder has written.
pub(crate) fn verification_key() -> VerificationKey {
    // SAFETY: a static of bytes. The read is volatile, because the compiler must not assume the value in the source.
    unsafe { (&raw const FARJUMP_VERIFICATION_KEY).read_volatile() }
}
