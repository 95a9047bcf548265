//! `farjump`: disk images of kernels, made, booted, flashed and signed. `farjump help` lists what it does.

use std::process::ExitCode;

fn main() -> ExitCode {
    farjump::cli::run::<farjump::cli::Cli>(|cli| cli.command.run())
}
