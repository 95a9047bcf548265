//! The loader on UEFI firmware: started by its boot manager as `BOOTX64.EFI`, left for a kernel in long mode.
//!
//! ```text
//! efi_main       the firmware's entry point: watchdog off, console; then the core's story, `farjump_loader::boot`, on the
//!                traits of platform.rs
//! leave          ExitBootServices, when everything is loaded and all memory is allocated (boot_services.rs)
//! handover.S     the loader's GDT and control registers, then the same trampoline as on a BIOS
//! ```
//!
//! Every decision and their order are in the crate `loader`; here is what needs the firmware. Nothing is written to a disk
//! or to the firmware's variables. The firmware's interrupts stay on until boot services end, and use the running stack:
//! what runs here has no red zone.
//!
//! Source: UEFI specification 2.10.

#![no_std]
#![no_main]

#[cfg(not(farjump_boots))]
extern crate std;

mod boot_services;
mod console;
mod disk;
mod handover;
mod memory;
mod platform;
#[path = "../../stage2/src/serial.rs"]
mod serial;

use core::ffi::c_void;

use farjump_loader::policy::Policy;
use farjump_loader::timeline::Timeline;
use farjump_rt as _; // the mem* functions, by symbol
use uefi::{Handle, Status};

use platform::{BootConsole, Platform, TimeStampCounter};

/// The firmware's entry point. It doesn't return: after an error, the message has to stay on the screen, and the firmware
/// would boot something else.
#[unsafe(no_mangle)]
extern "efiapi" fn efi_main(image: Handle, system_table: *const c_void) -> Status {
    // SAFETY: the firmware passes the handle of this image.
    unsafe { uefi::boot::set_image_handle(image) };
    // SAFETY: the firmware passes its system table, which stays until boot services end.
    unsafe { uefi::table::set_system_table(system_table.cast()) };
    // The firmware resets the machine after 5 minutes otherwise. If it has no watchdog, nothing is lost.
    let _ = uefi::boot::set_watchdog_timer(0, 0, None);
    console::install();
    console::print_line(format_args!("Booting ..."));
    let timeline = Timeline::begin(TimeStampCounter, []);
    match farjump_loader::boot(&mut Platform, BootConsole, timeline, Policy::ANY) {
        Some(entry) => handover::jump(entry),
        None => halt(),
    }
}

/// Ends a boot that has failed.
fn halt() -> ! {
    loop {
        x86_64::instructions::hlt();
    }
}

/// Reports a bug of the loader.
#[cfg_attr(farjump_boots, panic_handler)]
#[cfg_attr(not(farjump_boots), expect(dead_code, reason = "std's panic handler is in its place"))]
fn panic(info: &core::panic::PanicInfo<'_>) -> ! {
    console::break_lock();
    console::print_line(format_args!("loader: error: bug in the loader: {info}"));
    halt()
}
