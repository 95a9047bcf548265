//! `cargo xtask sweep`: every bit of what decides a boot flipped, the disk cut off at every sector, every sector unreadable.
//!
//! The boots are those of `tools/host-boot`, on the host; this builds its test with optimisation and starts the part
//! that is left out every day.

use std::process::{Command, ExitCode};

use anyhow::{Context as _, Result};

use farjump::workspace::{Workspace, cant_start_cargo, cargo};

/// Options of `cargo xtask sweep`.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct Args {
    /// Don't use the network
    #[arg(long)]
    offline: bool,
}

/// Runs the sweep and prints a table. Status 1 if a boot neither ended with a message nor started the right kernel.
///
/// # Errors
/// Cargo can't be started.
pub fn run(args: &Args) -> Result<ExitCode> {
    let workspace = Workspace::locate()?;
    let mut command = Command::new(cargo());
    command.current_dir(&workspace.root).args([
        "test",
        "--quiet",
        "--package",
        "host-boot",
        "--test",
        "sweep",
    ]);
    command.args(["--profile", "fuzz"]).args(args.offline.then_some("--offline"));
    command.args(["--", "--ignored", "--nocapture"]);
    let status = command.status().with_context(cant_start_cargo)?;
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
