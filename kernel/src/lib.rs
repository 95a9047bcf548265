//! The kernel library for a kernel that farjump boots. Each module imports only those below it:
//!
//! | module | has |
//! |---|---|
//! | [`monitor`] | commands to look into the running kernel, and a prompt for them |
//! | [`fault`] | exceptions and panics: reports, backtraces, symbols |
//! | [`module`] | shared objects that are loaded at run time |
//! | [`volume`] | the boot volume: directories, files |
//! | [`program`] | threads that run bytecode |
//! | [`tty`] | keys from keyboard and serial port, lines that a person types |
//! | [`block`] | disks |
//! | [`thread`] | preemptive threads under six policies |
//! | [`power`] | reset and power off |
//! | [`exit`] | the end of a run under QEMU |
//! | [`logger`] | the `log` crate's records on the console |
//! | [`console`] | serial port and screen: `print!`, `println!` |
//! | [`time`] | ticks, the clock |
//! | [`device`] | drivers |
//! | [`interrupts`] | devices' interrupt lines: handlers, masks, counts |
//! | [`acpi`] | the firmware's tables |
//! | [`memory`] | frames, pages, the heap |
//! | [`arch`] | descriptor tables, traps, the CPU |
//! | [`timeline`] | the timestamps of the boot |
//! | [`command_line`] | the words of the command line |
//! | [`sync`] | a lock for what an interrupt handler uses too |
//! | [`boot`] | what the loader has handed over |

#![no_std]
#![expect(clippy::cast_possible_truncation, reason = "usize and u64 are the same here")]

extern crate alloc;
#[cfg(not(farjump_boots))]
extern crate std;

pub mod acpi;
pub mod arch;
pub mod block;
pub mod boot;
pub mod command_line;
pub mod console;
pub mod device;
pub mod exit;
pub mod fault;
pub mod interrupts;
pub mod logger;
pub mod memory;
pub mod module;
pub mod monitor;
pub mod power;
pub mod program;
pub mod sync;
pub mod thread;
pub mod time;
pub mod timeline;
pub mod tty;
pub mod volume;

use farjump_api::BootInfo;
use farjump_rt as _; // memcpy and the other mem* functions, by symbol

pub use arch::cpu;
pub use boot::info as boot_info;

/// Starts the library: console, log, traps, memory, the loader's too, then devices and their interrupts, which are on
/// from here. Call it once, before anything else.
///
/// What can't start is logged as an error, and the rest starts without it; [`exit::start_has_failed`] tells.
pub fn init(boot_info: &'static BootInfo) {
    init_console(boot_info);
    arch::init();
    arch::cpu::set_control_registers();
    arch::machine_check::init();
    if let Err(error) = memory::init(boot_info) {
        log::error!("no heap, and nothing can be mapped: {error}");
        exit::note_failed_start();
    } else if let Err(error) = memory::reclaim_loader() {
        log::error!("the loader's memory isn't free: {error}");
        exit::note_failed_start();
    }
    init_interrupts(boot_info.command_line.get());
}

fn init_interrupts(command_line: &str) {
    interrupts::init(device::interrupt_controller(command_line::value(command_line, "irq")));
    time::init();
    x86_64::instructions::interrupts::enable();
    time::settle(command_line::value(command_line, "timer"));
    x86_64::instructions::interrupts::without_interrupts(tty::input::init);
}

/// Starts as much as it takes to print, and leaves the CPU as the loader has left it: for a kernel that
/// looks at that.
pub fn init_console(boot_info: &'static BootInfo) {
    boot::init(boot_info);
    time::start();
    console::init(boot_info);
    logger::init(command_line::value(boot_info.command_line.get(), "log"));
    exit::init(command_line::has_word(boot_info.command_line.get(), "exit"));
    fault::init();
}
