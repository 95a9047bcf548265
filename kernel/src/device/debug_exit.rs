//! QEMU's device `isa-debug-exit`, which ends the machine.
//!
//! Source: QEMU, hw/misc/debugexit.c: writing N to the port ends QEMU with status 2 N + 1.

use x86_64::instructions::port::PortWriteOnly;

/// The device's port, as `cargo xtask run` and `cargo xtask test` configure it.
const PORT: u16 = 0xF4;

/// Ends the machine; returns where there is no such device.
pub(crate) fn end(code: u32) {
    // SAFETY: the port is the debug device's, or no device's.
    unsafe { PortWriteOnly::<u32>::new(PORT).write(code) };
}
