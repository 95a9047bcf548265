//! The developers' chores: tests, benches, fuzzing, what CI runs. What users need is the library `farjump`, in
//! tools/farjump, whose commands `cargo xtask` has too.

// Both panic when the reader has gone: `farjump::output` has others.
#![deny(clippy::print_stdout, clippy::print_stderr)]

pub mod asm;
pub mod bench;
pub mod bochs;
pub mod ci;
pub mod cli;
pub mod fuzz;
pub mod memory_map;
pub mod mutants;
pub mod padded_elf;
pub mod sched;
pub mod sweep;
pub mod test;
pub mod tidy;
