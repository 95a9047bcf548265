//! Where farjump's sources are.

use std::path::PathBuf;

use anyhow::Result;

/// Farjump's source tree, and the folder for what is built from it.
#[derive(Debug, Clone)]
pub struct Workspace {
    /// The folder with farjump's own Cargo.toml.
    pub root: PathBuf,
    /// Cargo's target folder of the caller's workspace: images and logs go there.
    pub target: PathBuf,
}

impl Workspace {
    /// Finds it from the current directory.
    pub fn locate() -> Result<Self> {
        anyhow::bail!("not there yet")
    }
}
