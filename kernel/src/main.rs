//! The demo kernel: shows what the loader passes to a kernel, prints `Kernel: OK`, and then executes commands.
//!
//! The whole start-up:
//!
//! | | where | what |
//! |---|---|---|
//! | 1 | `entry_point!`, in `boot-protocol` | the loader's jump: checks the `BootInfo`, calls [`main`] |
//! | 2 | [`farjump_kernel::init`] | console, log, traps, memory, timer, keyboard; interrupts are on from here |
//! | 3 | `farjump_kernel::thread` | what runs is a thread from here on, the first |
//! | 4 | [`main`] | tells what there is, and `Kernel: OK`, which scripts wait for |
//! | 5 | [`next`] | commands of the command line, or the end, or the monitor's prompt |

#![no_std]
#![no_main]

use farjump_api::{BootInfo, MemoryKind, MemoryRegion, entry_point};
use farjump_kernel::exit::{self, ExitCode};
use farjump_kernel::monitor::{self, Monitor};
use farjump_kernel::{command_line, cpu, println, thread, timeline};

entry_point!(main);

/// The commands of this kernel: those of the library.
const MONITOR: Monitor = Monitor::new(&[monitor::BUILT_IN]);

fn main(boot_info: &'static BootInfo) -> ! {
    let started = cpu::time_stamp();
    farjump_kernel::init(boot_info);
    let words = boot_info.command_line.get();
    command_line::warn(words, &[]);
    thread::start_as_told(command_line::value(words, "sched"));
    report_memory(boot_info);
    report_modules(boot_info);
    println!("command line: {words:?}");
    timeline::print(boot_info, started);
    if exit::start_has_failed() {
        println!("Kernel: a part of it didn't start; the errors above say which");
    } else {
        println!("Kernel: OK");
    }
    next(words)
}

/// What comes after the start.
fn next(words: &str) -> ! {
    if let Some(script) = command_line::value(words, "run") {
        MONITOR.run_script(script)
    }
    if exit::is_wanted() {
        exit::exit(ExitCode::Success)
    }
    MONITOR.interact()
}

fn report_memory(boot_info: &BootInfo) {
    let usable = boot_info.memory_map.get().iter().filter(|region| region.kind == MemoryKind::USABLE);
    let usable_bytes = usable.map(MemoryRegion::len_bytes).sum::<u64>();
    println!("memory: {} KiB usable of {} KiB of RAM", usable_bytes >> 10, boot_info.ram_bytes() >> 10);
}

fn report_modules(boot_info: &BootInfo) {
    for module in boot_info.modules.get() {
        println!("module: {}, {} bytes", module.name.get(), module.bytes.get().len());
    }
}
