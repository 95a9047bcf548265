//! `cargo xtask`: the one command of this repository. `cargo xtask help` lists what it does.

use std::io::{self, Write as _};
use std::process::ExitCode;

use clap::Parser as _;

fn main() -> ExitCode {
    let cli = match xtask::cli::Cli::try_parse() {
        Ok(cli) => cli,
        Err(message) => {
            // Help is one of these messages, and no failure. If it can't be printed, nobody sees it anyway.
            let _ = message.print();
            return if message.use_stderr() { ExitCode::FAILURE } else { ExitCode::SUCCESS };
        }
    };
    match cli.command.run() {
        Ok(code) => code,
        Err(error) => {
            // Whoever has closed standard error doesn't want to know.
            let _ = writeln!(io::stderr(), "error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
