//! A directory for the image of one run.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context as _, Result};

use crate::temporary;
use crate::workspace::Workspace;

/// A directory for the image of one run, removed with it: two runs at the same time boot two images.
#[derive(Debug)]
pub struct RunDir(temporary::Directory);

impl RunDir {
    /// Creates it in cargo's target directory.
    pub fn create(workspace: &Workspace) -> Result<Self> {
        let target = &workspace.target;
        fs::create_dir_all(target).with_context(|| format!("can't create {}", target.display()))?;
        Ok(Self(temporary::Directory::create(target, "run-")?))
    }

    /// The image's place in it.
    pub fn image(&self) -> PathBuf {
        self.path("farjump.img")
    }

    /// The place of another file in it.
    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }
}
