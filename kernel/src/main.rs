//! The kernel that shows what a kernel is given, and says `Kernel: OK`.

#![no_std]
#![no_main]

use boot_protocol::{BootInfo, entry_point};
use kernel::exit::{self, ExitCode};
use kernel::memory::frames;
use kernel::{cpu, println};

entry_point!(main);

fn main(boot_info: &'static BootInfo) -> ! {
    let started = cpu::time_stamp();
    kernel::init(boot_info);
    log::trace!("{boot_info:#x?}");
    report_memory(boot_info);
    report_modules(boot_info);
    println!("command line: {:?}", boot_info.command_line.get());
    report_timeline(boot_info, started);
    println!("Kernel: OK");
    exit::finish(ExitCode::Success)
}

fn report_memory(boot_info: &BootInfo) {
    for region in boot_info.memory_map.get() {
        log::debug!("{:#014x}..{:#014x} {}", region.start, region.end, region.kind);
    }
    println!("memory: {} KiB of RAM, {} KiB free", boot_info.ram_bytes() >> 10, frames::free_count() << 2);
}

fn report_modules(boot_info: &BootInfo) {
    for module in boot_info.modules.get() {
        println!("module: {}, {} bytes", module.name.get(), module.bytes.get().len());
    }
}

/// Stamps of the TSC, for people and for `cargo xtask bench boot`.
fn report_timeline(boot_info: &BootInfo, started: u64) {
    for entry in boot_info.timeline.get() {
        println!("timeline: {} {}", entry.phase, entry.tsc);
    }
    println!("timeline: kernel entry {started}");
}
