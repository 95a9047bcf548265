//! Where farjump's sources are: around the current directory, or among a kernel's dependencies.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, anyhow, bail};
use bootloader_locator::LocateError;
use cargo_metadata::{Metadata, MetadataCommand};

/// A package that farjump's own workspace has and a kernel's hasn't.
const OWN_PACKAGE: &str = "stage2";

/// The dependency by which a kernel leads to farjump, in the spelling of Rust code, which is what
/// `cargo metadata` calls a dependency.
const PROTOCOL_CRATE: &str = "farjump_api";

/// Farjump's source tree, and the directory for what is built from it.
#[derive(Debug, Clone)]
pub struct Workspace {
    /// The directory with farjump's own Cargo.toml.
    pub root: PathBuf,
    /// Cargo's target directory of the caller's workspace: images and logs go there.
    pub target: PathBuf,
}

impl Workspace {
    /// Finds it from the current directory: farjump's own workspace, or a kernel's package that depends
    /// on `farjump-api`.
    ///
    /// # Errors
    /// There is no Cargo.toml here or above, or the package here isn't a kernel for farjump.
    pub fn locate() -> Result<Self> {
        let metadata = MetadataCommand::new().no_deps().exec().context(
            "there is no usable Cargo.toml here or above; \
             change into farjump's directory, or into your kernel's package",
        )?;
        let root = if is_farjump(&metadata) {
            metadata.workspace_root.into_std_path_buf()
        } else {
            root_from_dependency()?
        };
        Ok(Self { root, target: metadata.target_directory.into_std_path_buf() })
    }

    /// The file or directory `relative` of farjump's tree.
    #[must_use]
    pub fn path(&self, relative: &str) -> PathBuf {
        self.root.join(relative)
    }
}

/// The cargo that runs us, or else the one on the path.
pub fn cargo() -> OsString {
    env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}

/// What is said where [`cargo`] can't be started.
pub fn cant_start_cargo() -> String {
    let program = cargo();
    format!(
        "can't start {}; install Rust from https://rustup.rs, or set CARGO to the cargo to use",
        program.display()
    )
}

fn is_farjump(metadata: &Metadata) -> bool {
    metadata.packages.iter().any(|package| package.name.as_str() == OWN_PACKAGE)
}

/// Returns the directory two levels above the `farjump-api` package that the current package depends on.
fn root_from_dependency() -> Result<PathBuf> {
    let manifest = bootloader_locator::locate_bootloader(PROTOCOL_CRATE).map_err(|error| match error {
        LocateError::DependencyNotFound => {
            anyhow!("this package doesn't depend on `farjump-api`; add farjump's to its Cargo.toml")
        }
        LocateError::MetadataInvalid => {
            anyhow!("there is a workspace here, but no package; change into your kernel's package")
        }
        other => anyhow!(other),
    })?;
    let root = manifest.ancestors().nth(3).map(Path::to_path_buf);
    match root {
        Some(root) if root.join(OWN_PACKAGE).is_dir() => Ok(root),
        _ => bail!(
            "{} isn't in farjump's source tree; depend on it by `path` or `git`, so that the loader's \
             sources are beside it",
            manifest.display()
        ),
    }
}
