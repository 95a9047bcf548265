//! The command line: each command's options stand in the command's own file.

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

use crate::{asm, bench, ci, fuzz, memory_map, mutants, sched, sweep, test, tidy};

/// Builds, images, boots, tests and measures farjump.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What `cargo xtask` can do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// What users do too.
    #[command(flatten)]
    Farjump(farjump::cli::Command),
    /// Run all tests: on the host, on images, and in QEMU
    Test(test::Args),
    /// Try mutations of good inputs on whatever reads outside data
    Fuzz(fuzz::Args),
    /// Boot on the host with every bit flipped, every sector unreadable, and the disk cut off everywhere
    Sweep(sweep::Args),
    /// Break the code on purpose and count what the tests notice
    Mutants(mutants::Args),
    /// Count the instructions of a boot
    Bench(bench::Args),
    /// Print the memory map of a boot, as in docs/memory-map.md
    MemoryMap(memory_map::Args),
    /// Simulate the kernel's scheduler: run, compare, draw, trace
    Sched(sched::Args),
    /// Assemble a bytecode program, or disassemble one
    Asm(asm::Args),
    /// Check the house rules: vocabulary, limits, links, code in the docs
    Tidy(tidy::Args),
    /// Do what CI does: formatting, lints, house rules, all tests
    Ci(ci::Args),
}

impl Command {
    /// Does it. The exit code is the process's; an error is printed and becomes status 1.
    ///
    /// # Errors
    /// As the command's own function says.
    pub fn run(self) -> Result<ExitCode> {
        match self {
            Self::Farjump(command) => command.run(),
            Self::Test(args) => test::run(&args),
            Self::Fuzz(args) => fuzz::run(&args),
            Self::Sweep(args) => sweep::run(&args),
            Self::Mutants(args) => mutants::run(&args),
            Self::Bench(args) => bench::run(&args),
            Self::MemoryMap(args) => memory_map::run(&args),
            Self::Sched(args) => sched::run(&args),
            Self::Asm(args) => asm::run(&args),
            Self::Tidy(args) => tidy::run(&args),
            Self::Ci(args) => ci::run(&args),
        }
    }
}
