//! Whom this stage 2 trusts: the image builder writes it here. What it is good for: `farjump_loader::signature`.

use farjump_loader::signature::Trust;

#[used]
#[unsafe(no_mangle)]
static FARJUMP_TRUST: Trust = Trust::NOBODY;

/// Whom this stage 2 trusts, as it stands on the disk.
pub(crate) fn trust() -> Trust {
    // SAFETY: a static of bytes; volatile, because what the compiler sees in it isn't what is on the disk.
    unsafe { (&raw const FARJUMP_TRUST).read_volatile() }
}
