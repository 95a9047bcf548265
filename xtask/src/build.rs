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

/// What boots, built.
#[derive(Debug, Clone)]
pub struct Boot {
    /// The boot sector, flat, 512 bytes: what the disk-image crate takes.
    pub stage1: Vec<u8>,
    /// Stage 2, flat, whole sectors, its check words in place.
    pub stage2: Vec<u8>,
    /// The ELF files that those were flattened from.
    pub stage1_elf: std::path::PathBuf,
    /// As above.
    pub stage2_elf: std::path::PathBuf,
}

/// Builds both stages.
pub fn stages(_workspace: &crate::workspace::Workspace, _offline: bool) -> Result<Boot> {
    anyhow::bail!("not there yet")
}

/// Builds the binary `bin` of the kernel package `package` with the flags for what boots; gives the ELF file.
pub fn kernel(
    _workspace: &crate::workspace::Workspace,
    _package: &str,
    _bin: &str,
    _offline: bool,
) -> Result<std::path::PathBuf> {
    anyhow::bail!("not there yet")
}
