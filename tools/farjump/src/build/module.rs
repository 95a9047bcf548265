//! Modules: shared objects that a kernel loads at run time, and Linux too.
//!
//! The linker is called directly, as for kernels: no start files, no C library, no undefined symbol.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use super::cargo::{Addresses, Job, Profile};
use crate::workspace::Workspace;

/// The packages of farjump's own modules.
pub const MODULES: [&str; 2] = ["greeter", "calculator"];

/// A module that is to be built: farjump's own, or one of another workspace.
#[derive(Debug, Clone)]
pub struct Module {
    /// The Cargo.toml of its package or workspace.
    pub manifest: PathBuf,
    /// Its package, whose library is a `cdylib`.
    pub package: String,
    /// How well it is optimised.
    pub profile: Profile,
    /// Arguments for the linker.
    pub link_args: Vec<String>,
    /// Don't use the network.
    pub offline: bool,
}

/// A module that was built.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuiltModule {
    /// Its name: the library's, with which its file's name begins.
    pub name: String,
    /// The file, `NAME.so`.
    pub path: PathBuf,
}

impl Module {
    /// The module in `package`, as it is to be used.
    #[must_use]
    pub fn new(manifest: &Path, package: &str) -> Self {
        Self {
            manifest: manifest.to_owned(),
            package: package.to_owned(),
            profile: Profile::Boot,
            link_args: Vec::new(),
            offline: false,
        }
    }

    /// Builds it.
    ///
    /// # Errors
    /// It doesn't compile, or doesn't link: something that it uses is in none of its crates.
    pub fn build(&self, workspace: &Workspace) -> Result<BuiltModule> {
        let built = build(workspace, self, &[&self.package])?;
        built.into_iter().next().with_context(|| {
            format!("`{}` has no library of the type `cdylib`: add it to its Cargo.toml", self.package)
        })
    }
}

/// Builds farjump's own modules.
///
/// # Errors
/// As [`Module::build`].
pub fn modules(workspace: &Workspace, offline: bool) -> Result<Vec<BuiltModule>> {
    let module = Module::new(&workspace.path("Cargo.toml"), "");
    build(workspace, &Module { offline, ..module }, &MODULES)
}

/// Builds `packages` in the way that `module` says.
fn build(workspace: &Workspace, module: &Module, packages: &[&str]) -> Result<Vec<BuiltModule>> {
    let job = Job {
        manifest: &module.manifest,
        packages,
        bins: &[],
        features: &[],
        addresses: Addresses::Shared,
        profile: module.profile,
        link_args: &module.link_args,
        offline: module.offline,
    };
    let directory = workspace.target.join("modules");
    let built = job.run(workspace)?;
    built.into_iter().map(|(name, library)| publish(&directory, name, &library)).collect()
}

/// Copies cargo's `libNAME.so` to `NAME.so`. In one step: another run may be reading it.
fn publish(directory: &Path, name: String, library: &Path) -> Result<BuiltModule> {
    let path = directory.join(&name).with_extension("so");
    let cant_write = || format!("can't write {}", path.display());
    fs::create_dir_all(directory).with_context(cant_write)?;
    let copy = tempfile::NamedTempFile::new_in(directory).with_context(cant_write)?;
    fs::copy(library, copy.path()).with_context(|| format!("can't read {}", library.display()))?;
    copy.persist(&path).with_context(cant_write)?;
    Ok(BuiltModule { name, path })
}
