//! Stage 2, the loader on a BIOS: entered in real mode, left for a kernel in long mode.
//!
//! ```text
//! entry.S        real mode: CPU check (cpu_check.S), A20 (a20.S), GDT (gdt.rs), protected mode
//! long_mode.S    page tables, long mode, SSE
//! stage2_main    exceptions, console; then the core's story, `farjump_loader::boot`, on the traits of platform.rs
//! handover.S     the jump
//! ```
//!
//! Assumes what stage 1 leaves: the image whole at `STAGE2`, the drive in DL. Refuses whatever it can't load
//! with one line on the console, and halts. Every decision and their order are in the crate `loader`; here is what
//! needs the BIOS.

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
use farjump_rt as _; // memcpy and its kin, by symbol
use platform::{BootConsole, Platform};

/// Where `long_mode.S` calls Rust.
extern "sysv64" fn stage2_main(drive: u8) -> ! {
    exceptions::install();
    console::install();
    console::print_line(format_args!("64-bit Long mode: Enabled"));
    match farjump_loader::boot(&mut Platform { drive }, BootConsole, platform::timeline(), policy()) {
        Some(entry) => handover::jump(entry),
        None => halt(),
    }
}

/// What this stage 2 insists on.
fn policy() -> Policy {
    #[cfg(feature = "signed")]
    let policy = Policy::signed(signature::trust());
    #[cfg(not(feature = "signed"))]
    let policy = Policy::ANY;
    policy
}

/// The end of a boot that failed.
fn halt() -> ! {
    loop {
        x86_64::instructions::interrupts::disable();
        x86_64::instructions::hlt();
    }
}

/// A bug of ours.
#[cfg_attr(farjump_boots, panic_handler)]
#[cfg_attr(not(farjump_boots), expect(dead_code, reason = "std's panic handler is in its place"))]
fn panic(info: &core::panic::PanicInfo<'_>) -> ! {
    console::break_lock();
    if console::is_first_failure() {
        console::error!("bug in the loader: {info}");
    }
    halt()
}
