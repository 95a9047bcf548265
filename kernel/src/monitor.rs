//! The monitor: commands for whoever wants to look into the running kernel, typed, or from the command line.
//!
//! | file | has |
//! |---|---|
//! | `monitor/command.rs` | what a command is, the table of all, and what can be wrong with one |
//! | `monitor/prompt.rs` | the prompt, on serial port and keyboard |
//! | `monitor/script.rs` | `run=` on the command line |
//! | every other one | the commands of one subject |
//!
//! What a person types can be undone, or is refused with a reason; what ends the machine asks first, but for a script.

mod boot;
mod bytes;
mod command;
mod cpu;
mod disk;
mod fault;
mod help;
mod interrupts;
mod log_level;
mod memory;
mod modules;
mod power;
mod prompt;
mod script;
mod threads;
mod time;

pub use prompt::interact;
pub use script::run_script;
