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
