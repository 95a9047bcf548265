//! The command line: each command's options stand in the command's own file.

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

use crate::{
    asm, bench, build, ci, doctor, flash, fuzz, gdb, image, inspect, memory_map, module, mutants, run, sched,
    seal, signing_key, smoke, test,
};

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
    /// Build everything that boots, and print the bytes used and left for each stage
    Build(build::Args),
    /// Make a disk image
    Image(image::Args),
    /// Make a key that signs images
    Keygen(signing_key::Args),
    /// Seal a configuration again after the kernel or the configuration was replaced by hand
    Seal(seal::Args),
    /// Write an image to a disk, and compare
    Flash(flash::Args),
    /// Build, make an image and boot it in QEMU
    Run(run::Args),
    /// Boot an image headless and check its serial lines, for CI
    Smoke(smoke::Args),
    /// Run all tests: on the host, on images, and in QEMU
    Test(test::Args),
    /// Try mutations of good inputs on whatever reads outside data
    Fuzz(fuzz::Args),
    /// Break the code on purpose and count what the tests notice
    Mutants(mutants::Args),
    /// Count the instructions of a boot
    Bench(bench::Args),
    /// Boot under QEMU's gdb stub and start gdb on it
    Gdb(gdb::Args),
    /// Disassemble a stage
    Objdump(inspect::ToolArgs),
    /// List a stage's symbols
    Nm(inspect::ToolArgs),
    /// Print the sizes of all stages
    Size(inspect::SizeArgs),
    /// Print the memory map of a boot, as in docs/memory-map.md
    MemoryMap(memory_map::Args),
    /// Simulate the kernel's scheduler: run, compare, draw, trace
    Sched(sched::Args),
    /// Assemble a bytecode program, or disassemble one
    Asm(asm::Args),
    /// Say what is missing on this machine, and the command that installs it
    Doctor(doctor::Args),
    /// Build a module: a shared object that the kernel loads at run time
    Module(module::build::Args),
    /// Say whether the kernel would load a file as a module, without running any of it
    Modcheck(module::check::Args),
    /// Load modules/greeter by Linux's own loader and print its greeting
    Greet(module::greet::Args),
    /// Do what CI does: formatting, lints, all tests
    Ci(ci::Args),
}

impl Command {
    /// Does it. The exit code is the process's; an error is printed and becomes status 1.
    pub fn run(self) -> Result<ExitCode> {
        match self {
            Self::Build(args) => build::run(&args),
            Self::Image(args) => image::run(&args),
            Self::Keygen(args) => signing_key::run(&args),
            Self::Seal(args) => seal::run(&args),
            Self::Flash(args) => flash::run(&args),
            Self::Run(args) => run::run(&args),
            Self::Smoke(args) => smoke::run(&args),
            Self::Test(args) => test::run(&args),
            Self::Fuzz(args) => fuzz::run(&args),
            Self::Mutants(args) => mutants::run(&args),
            Self::Bench(args) => bench::run(&args),
            Self::Gdb(args) => gdb::run(&args),
            Self::Objdump(args) => inspect::objdump(&args),
            Self::Nm(args) => inspect::nm(&args),
            Self::Size(args) => inspect::size(&args),
            Self::MemoryMap(args) => memory_map::run(&args),
            Self::Sched(args) => sched::run(&args),
            Self::Asm(args) => asm::run(&args),
            Self::Doctor(args) => doctor::run(&args),
            Self::Module(args) => module::build::run(&args),
            Self::Modcheck(args) => module::check::run(&args),
            Self::Greet(args) => module::greet::run(&args),
            Self::Ci(args) => ci::run(&args),
        }
    }
}
