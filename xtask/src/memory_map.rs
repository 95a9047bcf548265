//! `cargo xtask memory-map`: the page docs/memory-map.md, made of the constants in boot-layout.

mod defsyms;
mod page;

use std::fs;
use std::process::ExitCode;

use anyhow::{Context as _, Result};

use farjump::output::{noteln, out};
use farjump::workspace::Workspace;

/// The page in farjump's tree.
const PAGE: &str = "docs/memory-map.md";

/// Options of `cargo xtask memory-map`.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct Args {
    /// Fail if docs/memory-map.md differs
    #[arg(long)]
    pub check: bool,
    /// Write docs/memory-map.md instead of printing it
    #[arg(long, conflicts_with = "check")]
    pub write: bool,
}

/// Prints, writes or checks the page.
///
/// # Errors
/// The page can't be read or written. A page that `--check` finds outdated is status 1.
pub fn run(args: &Args) -> Result<ExitCode> {
    let workspace = Workspace::locate()?;
    let fresh = page::render(&defsyms::in_tree(&workspace)?);
    let path = workspace.path(PAGE);
    if args.write {
        fs::write(&path, fresh).with_context(|| format!("can't write {}", path.display()))?;
    } else if !args.check {
        out!("{fresh}");
    } else if !fs::read_to_string(&path).is_ok_and(|written| written == fresh) {
        noteln!("error: {PAGE} is outdated; `cargo xtask memory-map --write` refreshes it");
        return Ok(ExitCode::FAILURE);
    }
    Ok(ExitCode::SUCCESS)
}
