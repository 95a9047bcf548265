//! Builds what boots, makes disk images of it, boots them in QEMU, and tests and measures the whole.
//!
//! A library, so that a kernel outside this repository can use it too: `examples/own-kernel` does.

// Both panic where nobody reads any more: `output` has others.
#![deny(clippy::print_stdout, clippy::print_stderr)]

pub mod asm;
pub mod bench;
pub mod bochs;
pub mod build;
pub mod ci;
pub mod cli;
pub mod doctor;
pub mod flash;
pub mod fuzz;
pub mod gdb;
pub mod image;
pub mod inspect;
pub mod install;
pub(crate) mod interrupt;
pub mod memory_map;
pub mod module;
pub mod mutants;
pub(crate) mod output;
pub mod padded_elf;
pub mod qemu;
pub mod run;
pub mod sched;
pub mod seal;
pub mod signing_key;
pub mod smoke;
pub(crate) mod temporary;
pub mod test;
pub mod workspace;
