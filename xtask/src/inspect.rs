//! Stub.

use std::process::ExitCode;

use anyhow::Result;

/// Options.
#[derive(Debug, clap::Args)]
pub struct ObjdumpArgs {}
/// Options.
#[derive(Debug, clap::Args)]
pub struct NmArgs {}
/// Options.
#[derive(Debug, clap::Args)]
pub struct SizeArgs {}

/// Does it.
pub fn objdump(_args: &ObjdumpArgs) -> Result<ExitCode> {
    anyhow::bail!("not there yet")
}
/// Does it.
pub fn nm(_args: &NmArgs) -> Result<ExitCode> {
    anyhow::bail!("not there yet")
}
/// Does it.
pub fn size(_args: &SizeArgs) -> Result<ExitCode> {
    anyhow::bail!("not there yet")
}
