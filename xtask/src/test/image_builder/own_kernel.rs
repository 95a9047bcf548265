//! A kernel outside farjump's tree: an example, copied and with the path of farjump in its Cargo.toml.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};

use farjump::build::Kernel;
use farjump::workspace::Workspace;

/// By what the example leads to farjump.
const WAY_TO_FARJUMP: &str = "path = \"../../";

/// Copies the kernel of `examples/NAME`, without a runner, into the target directory, builds it, and returns the ELF
/// file. The copy stays, and files that haven't changed aren't written again, so that the next run builds nothing.
pub(super) fn build(workspace: &Workspace, name: &str, offline: bool) -> Result<PathBuf> {
    let copy = workspace.target.join("examples").join(name);
    fs::create_dir_all(copy.join("src"))?;
    let example = workspace.path("examples").join(name);
    update(&copy.join("src/main.rs"), &fs::read_to_string(example.join("src/main.rs"))?)?;
    // The versions that farjump's own workspace has: nothing is downloaded for the copy. Cargo drops those that the copy
    // doesn't need, so what it was made of is kept next to it.
    if update(&copy.join("farjump.lock"), &fs::read_to_string(workspace.path("Cargo.lock"))?)? {
        fs::copy(workspace.path("Cargo.lock"), copy.join("Cargo.lock"))?;
    }
    let manifest = copy.join("Cargo.toml");
    let adapted = adapted(&fs::read_to_string(example.join("Cargo.toml"))?, workspace);
    update(&manifest, &adapted.with_context(|| format!("examples/{name}/Cargo.toml"))?)?;
    Kernel { offline, ..Kernel::outside(workspace, &manifest, name) }.build(workspace)
}

/// Makes `text` the contents of a file, and leaves one alone that has them: cargo builds anew what was written anew.
/// Returns whether it was written.
fn update(path: &Path, text: &str) -> Result<bool> {
    if fs::read_to_string(path).is_ok_and(|old| old == text) {
        return Ok(false);
    }
    fs::write(path, text).with_context(|| format!("can't write {}", path.display()))?;
    Ok(true)
}

/// The manifest for another directory: farjump by its absolute path, and the package as the workspace's only one.
fn adapted(manifest: &str, workspace: &Workspace) -> Result<String> {
    ensure!(manifest.contains(WAY_TO_FARJUMP), "it doesn't have `{WAY_TO_FARJUMP}`");
    let mut toml: toml::Table =
        manifest.replace(WAY_TO_FARJUMP, &format!("path = \"{}/", workspace.root.display())).parse()?;
    toml.insert("workspace".into(), toml::Table::new().into());
    Ok(toml.to_string())
}
