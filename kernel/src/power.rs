//! Switching off, and starting again.
//!
//! Each way is tried after the other, the cleanest first, and each has a limited time to show that it works. What
//! is tried is logged: the last line on the console names the way that worked, or each one that didn't.
//!
//! | | reset | power off |
//! |---|---|---|
//! | 1 | ACPI's reset register | ACPI's state S5 |
//! | 2 | keyboard controller | QEMU's port 604h |
//! | 3 | triple fault | Bochs' port 8900h |
//!
//! Assumes that nothing is left to write: files are the caller's affair.

pub mod reset;
pub mod soft_off;

use farjump_acpi_tables::Error;
use x86_64::instructions::interrupts;

use crate::arch::cpu;
use crate::device::power_ports as ports;
use crate::{console, println};

/// Starts the machine again, from the BIOS on.
pub fn reboot() -> ! {
    interrupts::disable();
    console::wait_for_each_byte();
    report("reset by ACPI", reset::by_acpi());
    reset::by_keyboard_controller();
    log::warn!("reset by the keyboard controller: nothing has come of it");
    reset::by_triple_fault()
}

/// Switches the machine off. Where it can't be, a line says that it may be switched off by hand, and the CPU halts.
pub fn power_off() -> ! {
    interrupts::disable();
    console::wait_for_each_byte();
    report("power off by ACPI", soft_off::by_acpi());
    soft_off::by_qemu();
    soft_off::by_bochs();
    println!("This machine can't switch itself off: it may be switched off now.");
    cpu::halt()
}

/// Says what came of a way that was to be the last.
fn report(way: &str, result: Result<(), Error>) {
    match result {
        Ok(()) => log::warn!("{way}: nothing has come of it"),
        Err(error) => log::warn!("{way}: {error}"),
    }
}

/// Waits for some 100 ms: what switches off or resets doesn't do so at once. Needs no clock and no interrupts.
fn wait() {
    (0..WAIT_READS).for_each(|_| ports::pause());
}

/// Reads of [`ports::pause`] in 100 ms.
const WAIT_READS: u32 = 100_000;
