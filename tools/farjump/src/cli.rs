//! The command line: each command's options stand in the command's own file.

use std::io::{self, Write as _};
use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

use crate::{build, doctor, flash, gdb, image, inspect, module, run, signing_key, smoke, update_checksums};

/// Makes bootable disk images of kernels, boots them in QEMU, writes them to disks and signs them.
#[derive(Debug, Parser)]
#[command(name = "farjump", version)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What `farjump` can do; `cargo xtask` has the same commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Build everything that boots, and print the bytes used and left for each stage
    Build(build::Args),
    /// Make a disk image
    Image(image::Args),
    /// Make a key that signs images
    Keygen(signing_key::Args),
    /// Update the checksums of a configuration after the kernel or the configuration was replaced by hand
    #[command(alias = "seal")]
    UpdateChecksums(update_checksums::Args),
    /// Write an image to a disk, and compare
    Flash(flash::Args),
    /// Build, make an image and boot it in QEMU
    Run(run::Args),
    /// Boot an image headless and check its serial lines, for CI
    Smoke(smoke::Args),
    /// Boot under QEMU's gdb stub and start gdb on it
    Gdb(gdb::Args),
    /// Disassemble a stage
    Objdump(inspect::ToolArgs),
    /// List a stage's symbols
    Nm(inspect::ToolArgs),
    /// Print the sizes of all stages
    Size(inspect::SizeArgs),
    /// Say what is missing on this machine, and the command that installs it
    Doctor(doctor::Args),
    /// Build a module: a shared object that the kernel loads at run time
    Module(module::build::Args),
    /// Say whether the kernel would load a file as a module, without running any of it
    Modcheck(module::check::Args),
    /// Load modules/greeter by Linux's own loader and print what it returns
    Greet(module::greet::Args),
}

impl Command {
    /// Does it. The exit code is the process's.
    ///
    /// # Errors
    /// As the command's own function says.
    pub fn run(self) -> Result<ExitCode> {
        match self {
            Self::Build(args) => build::run(&args),
            Self::Image(args) => image::run(&args),
            Self::Keygen(args) => signing_key::run(&args),
            Self::UpdateChecksums(args) => update_checksums::run(&args),
            Self::Flash(args) => flash::run(&args),
            Self::Run(args) => run::run(&args),
            Self::Smoke(args) => smoke::run(&args),
            Self::Gdb(args) => gdb::run(&args),
            Self::Objdump(args) => inspect::objdump(&args),
            Self::Nm(args) => inspect::nm(&args),
            Self::Size(args) => inspect::size(&args),
            Self::Doctor(args) => doctor::run(&args),
            Self::Module(args) => module::build::run(&args),
            Self::Modcheck(args) => module::check::run(&args),
            Self::Greet(args) => module::greet::run(&args),
        }
    }
}

/// A program's whole main function: parses the command line, runs it, prints an error. An error becomes status 1.
pub fn run<Cli: Parser>(command: impl FnOnce(Cli) -> Result<ExitCode>) -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(message) => {
            // Help is one of these messages, and no failure. If it can't be printed, there is no reader.
            let _ = message.print();
            return if message.use_stderr() { ExitCode::FAILURE } else { ExitCode::SUCCESS };
        }
    };
    match command(cli) {
        Ok(code) => code,
        Err(error) => {
            // A reader that closed standard error doesn't want the message.
            let _ = writeln!(io::stderr(), "error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
