//! The toolkit for a kernel that farjump boots.
//!
//! | module | gives |
//! |---|---|
//! | [`console`] | serial port and screen, `print!` and `println!` |
//! | [`logger`] | the `log` crate's records on the console |
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
mod panic;

use boot_protocol::BootInfo;
use memory_functions as _; // memcpy and its kin, by symbol

/// Starts the toolkit: console first, then the log. Call it once, before anything else.
pub fn init(boot_info: &'static BootInfo) {
    console::init(boot_info);
    logger::init(command_line::value(boot_info.command_line.get(), "log"));
    exit::init(command_line::has_word(boot_info.command_line.get(), "exit"));
}
