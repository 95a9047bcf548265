//! `cargo xtask module`: builds one module, or farjump's own, and checks it.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, Result};
use cargo_metadata::MetadataCommand;

use super::check;
use crate::build::{self, Module};
use crate::workspace::Workspace;

/// Options of `cargo xtask module`.
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// The directory of the module's package, in any workspace [default: build all in modules/]
    pub directory: Option<PathBuf>,
    /// Don't use the network
    #[arg(long)]
    pub offline: bool,
}

/// Builds, and prints the loader's verdict on each file. Status 1 if one is refused.
///
/// # Errors
/// It doesn't compile or link, or there is no package in the directory.
pub fn run(args: &Args) -> Result<ExitCode> {
    let workspace = Workspace::locate()?;
    let built = match &args.directory {
        Some(directory) => vec![module_in(directory, args.offline)?.build(&workspace)?],
        None => build::modules(&workspace, args.offline)?,
    };
    let files = built.into_iter().map(|module| module.path).collect();
    check::run(&check::Args { symbols: Vec::new(), files })
}

/// The module whose package is in `directory`.
fn module_in(directory: &Path, offline: bool) -> Result<Module> {
    let manifest = directory.join("Cargo.toml");
    let no_package = || format!("{}: no usable Cargo.toml", directory.display());
    let manifest = manifest.canonicalize().with_context(no_package)?;
    let metadata =
        MetadataCommand::new().manifest_path(&manifest).no_deps().exec().with_context(no_package)?;
    let package = metadata.packages.iter().find(|package| package.manifest_path == manifest);
    let package = package.with_context(|| format!("{}: a workspace, not a package", directory.display()))?;
    Ok(Module { offline, ..Module::new(&manifest, &package.name) })
}
