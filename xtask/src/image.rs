//! Stub.

use std::process::ExitCode;

use anyhow::Result;

/// Options.
#[derive(Debug, clap::Args)]
pub struct Args {}

/// Does it.
pub fn run(_args: &Args) -> Result<ExitCode> {
    anyhow::bail!("not there yet")
}

/// Builds what the image needs (the shown kernel, if `args` names no other) and writes the image; gives its path.
pub fn make(_workspace: &crate::workspace::Workspace, _args: &Args) -> Result<std::path::PathBuf> {
    anyhow::bail!("not there yet")
}
