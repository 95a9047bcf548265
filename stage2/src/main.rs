//! Stage 2, the loader for a BIOS: starts in real mode and jumps to a kernel in long mode.
//!
//! ```text
//! entry.S        real mode: CPU check (cpu_check.S), A20 (a20.S), GDT (gdt.rs), protected mode
//! long_mode.S    page tables, long mode, SSE
//! stage2_main    exceptions, console; then `farjump_loader::boot`, with the traits' implementations in platform.rs
//! handover.S     the jump
//! ```
//!
//! Assumes that stage 1 has loaded the image at `STAGE2` and passed the drive in DL. If it can't load the kernel, it prints
//! one line and halts. The crate `farjump-loader` has everything that is independent of the firmware; here is what needs
//! the BIOS.

#![no_std]
#![no_main]

#[cfg(not(farjump_boots))]
extern crate std;

mod acpi;
mod assembly;
mod bios;
mod console;
mod cpu;
mod early;
mod exceptions;
mod gdt;
mod handover;
mod memory;
mod physical_memory;
mod platform;
mod screen;
mod serial;
#[cfg(feature = "signed")]
mod signature;
mod smbios;

use farjump_loader::policy::Policy;
use farjump_rt as _; // the mem* functions, by symbol
use platform::{BootConsole, Platform};

/// The entry to Rust, called by `long_mode.S`.
extern "sysv64" fn stage2_main(drive: u8) -> ! {
    exceptions::install();
    console::install();
    console::print_line(format_args!("64-bit Long mode: Enabled"));
    match farjump_loader::boot(&mut Platform { drive }, BootConsole, platform::timeline(), policy()) {
        Some(entry) => handover::jump(entry),
        None => halt(),
    }
}

/// Returns what this stage 2 requires of a boot volume.
fn policy() -> Policy {
    #[cfg(feature = "signed")]
    let policy = Policy::signed(signature::verification_key());
    #[cfg(not(feature = "signed"))]
    let policy = Policy::ANY;
    policy
}

/// Ends a failed boot.
fn halt() -> ! {
    loop {
        x86_64::instructions::interrupts::disable();
        x86_64::instructions::hlt();
    }
}

/// Prints a bug in the loader and halts.
#[cfg_attr(farjump_boots, panic_handler)]
#[cfg_attr(not(farjump_boots), expect(dead_code, reason = "std's panic handler is used instead"))]
fn panic(info: &core::panic::PanicInfo<'_>) -> ! {
    console::break_lock();
    if console::is_first_failure() {
        console::error!("bug in the loader: {info}");
    }
    halt()
}
