//! Reading and writing a byte that may not be there: a fault is an answer, and not the end.
//!
//! Two instructions in `probe.S` touch the byte. An exception that one of them raises is known by its address, and
//! resumes after it, where the routine reports the fault. No handler sees such an exception.

use super::trap::TrapFrame;
use farjump_x86::Exception;

/// What `probe.S` returns for a byte that isn't there: no byte is so large.
const FAULTED: u64 = 0x100;

core::arch::global_asm!(
    include_str!("probe.S"),
    options(att_syntax),
    PROBE_FAULTED = const FAULTED,
);

unsafe extern "sysv64" {
    fn probe_read(address: u64) -> u64;
    fn probe_write(address: u64, byte: u64) -> u64;
    static probe_read_access: u8;
    static probe_write_access: u8;
    static probe_faulted: u8;
}

/// The byte at `address`, if it can be read.
pub(crate) fn read(address: u64) -> Option<u8> {
    // SAFETY: reads a byte that no Rust object has; a fault is recovered from.
    let byte = unsafe { probe_read(address) };
    u8::try_from(byte).ok()
}

/// Writes a byte, if it can be written.
///
/// # Safety
/// No reference to the byte exists.
pub(crate) unsafe fn write(address: u64, byte: u8) -> Option<()> {
    // SAFETY: the caller vouches for the byte; what can fault is recovered from.
    let answer = unsafe { probe_write(address, byte.into()) };
    (answer != FAULTED).then_some(())
}

/// Has a probe that faulted say so. True if it was one.
pub(super) fn recover(frame: &mut TrapFrame) -> bool {
    // Asked at every interrupt: no loop.
    let is = |exception: Exception| frame.vector == u64::from(exception.vector());
    let is_fault = is(Exception::PAGE_FAULT) || is(Exception::GENERAL_PROTECTION);
    let accesses = [(&raw const probe_read_access).addr(), (&raw const probe_write_access).addr()];
    let is_probe = is_fault && accesses.contains(&(frame.rip as usize));
    if is_probe {
        frame.rip = (&raw const probe_faulted).addr() as u64;
    }
    is_probe
}
