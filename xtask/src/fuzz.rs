//! `cargo xtask fuzz`: the long run of mutations, built with optimisation and all checks.
//!
//! The targets and their inputs are in `fuzz/targets`; this only builds and starts their program.

use std::process::{Command, ExitCode};

use anyhow::{Context as _, Result};

use farjump::workspace::{Workspace, cant_start_cargo, cargo};

/// Options of `cargo xtask fuzz`.
#[derive(Debug, Clone, Default, clap::Args)]
#[command(disable_help_flag = true)]
pub struct Args {
    /// Don't use the network
    #[arg(long)]
    offline: bool,
    /// Target and options of the fuzzer; `--help` lists them
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "TARGET")]
    options: Vec<String>,
}

/// Runs the fuzzer. Status 1 if an input makes its target fail: the output names the input and how to repeat it.
///
/// # Errors
/// Cargo can't be started.
pub fn run(args: &Args) -> Result<ExitCode> {
    let workspace = Workspace::locate()?;
    let mut command = Command::new(cargo());
    command.current_dir(&workspace.root).args(["run", "--quiet", "--package", "fuzz-targets"]);
    command.args(["--profile", "fuzz"]).args(args.offline.then_some("--offline"));
    let status = command.arg("--").args(&args.options).status().with_context(cant_start_cargo)?;
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
