//! The command line: each command's options are in the command's own file.

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

use crate::{asm, bench, ci, fuzz, memory_map, mutants, sched, sweep, test, tidy};

/// Builds, images, boots, tests and measures farjump.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
pub struct Cli {
    /// The command.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands of `cargo xtask`.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// The commands for users.
    #[command(flatten)]
    Farjump(farjump::cli::Command),
    /// Run all tests: on the host, on disk images, and in QEMU
    Test(test::Args),
    /// Fuzz all code that reads untrusted input, with mutations of valid inputs
    Fuzz(fuzz::Args),
    /// Boot disks on the host with each bit flipped, each sector unreadable, and cut off at each sector
    Sweep(sweep::Args),
    /// Run mutation tests: change the code and count the mutants that the tests catch
    Mutants(mutants::Args),
    /// Count the instructions of boots and of kernel operations
    Bench(bench::Args),
    /// Print the memory map of a boot, as in docs/memory-map.md
    MemoryMap(memory_map::Args),
    /// Simulate the kernel's scheduler: run, compare, draw, trace
    Sched(sched::Args),
    /// Assemble or disassemble a bytecode program
    Asm(asm::Args),
    /// Check the house rules: vocabulary, limits, links, code in the docs
    Tidy(tidy::Args),
    /// Run what CI runs: formatting, lints, house rules, all tests
    Ci(ci::Args),
}

impl Command {
    /// Runs the command and returns the exit code of the process. The caller prints an error and exits with status 1.
    ///
    /// # Errors
    /// The errors of the command's own function.
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
