//! A kernel outside farjump's tree: an example, copied and told where farjump is, as its Cargo.toml says.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};

use farjump::build::Kernel;
use farjump::workspace::Workspace;

/// By what the example leads to farjump.
const WAY_TO_FARJUMP: &str = "path = \"../../";

/// Copies the kernel of `examples/NAME`, without a runner, into `folder`, builds it, and returns the ELF file.
pub(super) fn build(workspace: &Workspace, name: &str, folder: &Path, offline: bool) -> Result<PathBuf> {
    let copy = folder.join(name);
    fs::create_dir_all(copy.join("src"))?;
    let example = workspace.path("examples").join(name);
    fs::copy(example.join("src/main.rs"), copy.join("src/main.rs"))?;
    // The versions that farjump's own workspace has: nothing is downloaded for the copy.
    fs::copy(workspace.path("Cargo.lock"), copy.join("Cargo.lock"))?;
    let manifest = copy.join("Cargo.toml");
    let adapted = adapted(&fs::read_to_string(example.join("Cargo.toml"))?, workspace);
    fs::write(&manifest, adapted.with_context(|| format!("examples/{name}/Cargo.toml"))?)?;
    Kernel { offline, ..Kernel::outside(workspace, &manifest, name) }.build(workspace)
}

/// The manifest for another folder: farjump by its absolute path, and the package as the workspace's only one.
fn adapted(manifest: &str, workspace: &Workspace) -> Result<String> {
    ensure!(manifest.contains(WAY_TO_FARJUMP), "it doesn't have `{WAY_TO_FARJUMP}`");
    let mut toml: toml::Table =
        manifest.replace(WAY_TO_FARJUMP, &format!("path = \"{}/", workspace.root.display())).parse()?;
    toml.insert("workspace".into(), toml::Table::new().into());
    Ok(toml.to_string())
}
