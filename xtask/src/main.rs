//! `cargo xtask`: the one command of this repository. `cargo xtask help` lists what it does.

use std::process::ExitCode;

fn main() -> ExitCode {
    farjump::cli::run::<xtask::cli::Cli>(|cli| cli.command.run())
}
