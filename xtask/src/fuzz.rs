//! `cargo xtask fuzz`: the long run of mutations, built with optimisation and all checks.
//!
//! What is tried on what stands in `fuzz/targets`; this only builds its program and starts it.

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
    /// Target and options, for the program itself to read: it explains them, too
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "TARGET")]
    options: Vec<String>,
}

/// Runs it. Status 1 if an input brings its target down: what is printed says which, and how to repeat it.
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
