//! The chain of frame pointers: what boots is compiled with them, and so is precompiled `core`.
//!
//! ```text
//! RBP → | caller's RBP | return address | ... → | its caller's RBP | return address | ... → 0
//! ```

use super::page_walk;

/// Bytes of a saved RBP and a return address.
const LINK_SIZE: u64 = 16;

/// Returns RBP.
#[inline(always)]
pub(crate) fn read() -> u64 {
    let rbp;
    // SAFETY: reads a register.
    unsafe { core::arch::asm!("mov {}, rbp", out(reg) rbp, options(nomem, nostack, preserves_flags)) };
    rbp
}

/// Returns the caller's RBP and the return address that `rbp` points at; `None` where it points at no such pair.
pub(crate) fn link(rbp: u64) -> Option<[u64; 2]> {
    if rbp == 0 || !rbp.is_multiple_of(align_of::<u64>() as u64) || !page_walk::is_readable(rbp, LINK_SIZE) {
        return None;
    }
    let link = core::ptr::with_exposed_provenance::<[u64; 2]>(rbp as usize);
    // SAFETY: aligned, and both words are mapped; any bits are integers.
    Some(unsafe { link.read_volatile() })
}
