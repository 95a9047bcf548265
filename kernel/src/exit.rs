//! The end of a run: under QEMU, a device ends the machine with a status; elsewhere the CPU halts.

use core::sync::atomic::{AtomicBool, Ordering};

use crate::console;
use crate::device::debug_exit;

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum ExitCode {
    /// The kernel did what it was to do. QEMU's status: 33.
    Success = 0x10,
    /// A panic. QEMU's status: 35.
    Panic = 0x11,
    /// An unhandled exception. QEMU's status: 37.
    Exception = 0x12,
    /// A test failed, by a panic or an exception; or a command of `run=` failed; or a part of the kernel didn't
    /// start. QEMU's status: 39.
    Failed = 0x13,
}

/// Whether `exit` is on the command line: a test or a script waits for the machine to end.
static EXIT_WANTED: AtomicBool = AtomicBool::new(false);

/// Whether a part of the kernel didn't start: memory, the threads.
static START_HAS_FAILED: AtomicBool = AtomicBool::new(false);

pub(crate) fn init(exit_wanted: bool) {
    EXIT_WANTED.store(exit_wanted, Ordering::Relaxed);
}

/// Whether the command line says `exit`.
#[must_use]
pub fn is_wanted() -> bool {
    EXIT_WANTED.load(Ordering::Relaxed)
}

/// Notes that a part of the kernel didn't start. The caller logs why.
pub(crate) fn note_failed_start() {
    START_HAS_FAILED.store(true, Ordering::Relaxed);
}

/// Whether a part of the kernel didn't start. The kernel continues without it, but no longer reports success.
#[must_use]
pub fn start_has_failed() -> bool {
    START_HAS_FAILED.load(Ordering::Relaxed)
}

/// Ends the machine if the command line says `exit`, and halts otherwise.
pub fn finish(code: ExitCode) -> ! {
    if is_wanted() {
        exit(code);
    }
    console::flush();
    crate::arch::cpu::halt()
}

/// Ends the machine; halts where there is no such device.
pub fn exit(code: ExitCode) -> ! {
    try_exit(code);
    crate::arch::cpu::halt()
}

/// Ends the machine; returns where there is no such device. A kernel whose start has failed reports
/// [`ExitCode::Failed`] in place of success.
pub fn try_exit(code: ExitCode) {
    console::flush();
    let code = if code == ExitCode::Success && start_has_failed() { ExitCode::Failed } else { code };
    debug_exit::end(code as u32);
}
