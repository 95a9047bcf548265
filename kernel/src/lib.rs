//! The toolkit for a kernel that farjump boots.
//!
//! | module | gives |
//! |---|---|
//! | [`console`] | serial port and screen, `print!` and `println!` |
//! | [`logger`] | the `log` crate's records on the console |
//! | [`memory`] | frames, pages, the heap |
//! | [`sync`] | a lock for what an interrupt handler uses too |
//! | [`command_line`] | the words of the command line |
//! | [`exit`] | the end of a run under QEMU |
//! | [`cpu`] | what a kernel asks of the CPU |
//! | `panic` | the panic handler of every kernel that uses this crate |

#![no_std]

pub mod command_line;
pub mod console;
pub mod cpu;
pub mod exit;
pub mod logger;
pub mod memory;
mod panic;
pub mod sync;
mod unwind;

use boot_protocol::BootInfo;
use memory_functions as _; // memcpy and its kin, by symbol

/// Starts the toolkit: console first, then the log, then memory. Call it once, before anything else.
pub fn init(boot_info: &'static BootInfo) {
    console::init(boot_info);
    logger::init(command_line::value(boot_info.command_line.get(), "log"));
    exit::init(command_line::has_word(boot_info.command_line.get(), "exit"));
    if let Err(error) = memory::init(boot_info) {
        log::error!("no heap, and nothing can be mapped: {error}");
    }
}
