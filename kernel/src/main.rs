//! The kernel that shows what a kernel is given, and says `Kernel: OK`.

#![no_std]
#![no_main]

use boot_protocol::{BootInfo, MemoryKind, MemoryRegion, entry_point};
use kernel::exit::{self, ExitCode};
use kernel::{command_line, cpu, monitor, println, timeline};

entry_point!(main);

fn main(boot_info: &'static BootInfo) -> ! {
    let started = cpu::time_stamp();
    kernel::init(boot_info);
    let words = boot_info.command_line.get();
    command_line::warn(words, &[]);
    report_memory(boot_info);
    report_modules(boot_info);
    println!("command line: {words:?}");
    timeline::print(boot_info, started);
    println!("Kernel: OK");
    if let Some(script) = command_line::value(words, "run") {
        monitor::run_script(script)
    }
    if exit::is_wanted() {
        exit::exit(ExitCode::Success)
    }
    monitor::interact()
}

fn report_memory(boot_info: &BootInfo) {
    for region in boot_info.memory_map.get() {
        log::debug!("{:#014x}..{:#014x} {}", region.start, region.end, region.kind);
    }
    let usable = boot_info.memory_map.get().iter().filter(|region| region.kind == MemoryKind::USABLE);
    let usable_bytes = usable.map(MemoryRegion::len_bytes).sum::<u64>();
    println!("memory: {} KiB usable of {} KiB of RAM", usable_bytes >> 10, boot_info.ram_bytes() >> 10);
}

fn report_modules(boot_info: &BootInfo) {
    for module in boot_info.modules.get() {
        println!("module: {}, {} bytes", module.name.get(), module.bytes.get().len());
    }
}
