//! Stage 2, the loader: entered in real mode, left for a kernel in long mode.
//!
//! ```text
//! entry.S        real mode: CPU check (cpu_check.S), A20 (a20.S), GDT (gdt.rs), protected mode
//! long_mode.S    page tables, long mode, SSE
//! stage2_main    memory map, volume, configuration, kernel, modules, page tables, BootInfo, jump
//! ```
//!
//! Assumes what stage 1 leaves: the image whole at `STAGE2`, the drive in DL. Refuses whatever it can't load
//! with one line on the console, and halts. What it decides, it decides in the crate `loader`; here is what
//! needs the machine.

#![no_std]
#![no_main]

#[cfg(not(farjump_boots))]
extern crate std;

mod acpi;
mod arena;
mod assembly;
mod bios;
mod boot_error;
mod boot_info;
mod console;
mod cpu;
mod early;
mod exceptions;
mod gdt;
mod handover;
mod kernel;
mod memory;
mod modules;
mod page_tables;
mod physical_memory;
mod screen;
mod serial;
#[cfg(feature = "sha256")]
mod sha256;
#[cfg(feature = "signed")]
mod signature;
mod timeline;
mod verify;
mod volume;

use boot_error::BootError;
use farjump_api::Phase;
use farjump_rt as _; // memcpy and its kin, by symbol
use handover::Handover;
use timeline::Timeline;
use volume::BootVolume;

/// Where `long_mode.S` calls Rust.
extern "sysv64" fn stage2_main(drive: u8) -> ! {
    exceptions::install();
    console::install();
    console::print_line("", format_args!("64-bit Long mode: Enabled"));
    match boot(drive) {
        Ok(handover) => handover.jump(),
        Err(error) => {
            console::error!("{error}");
            halt()
        }
    }
}

/// Loads everything; what comes back is ready for the jump.
fn boot(drive: u8) -> Result<Handover, BootError<'static>> {
    let mut timeline = Timeline::begin();
    let (source, map) = physical_memory::find()?;
    timeline.stamp(Phase::MEMORY_MAP);

    let mut volume = BootVolume::open(drive)?;
    timeline.stamp(Phase::VOLUME);

    let config = volume.read_config(map)?;
    if config.quiet {
        console::silence();
    }
    console::info!("{} KiB of memory ({source})", map.ram_bytes() >> 10);
    console::info!("{volume}");
    if !config.is_sealed {
        console::info!("{}: unverified: it has no seal", farjump_loader::config::PATH);
    }
    timeline.stamp(Phase::CONFIG);

    let kernel = kernel::load(&mut volume, map, &config)?;
    timeline.stamp(Phase::KERNEL);

    let modules = modules::load(&mut volume, map, &config)?;
    timeline.stamp(Phase::MODULES);

    handover::prepare(map, &kernel, &config, modules, &volume, timeline)
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
