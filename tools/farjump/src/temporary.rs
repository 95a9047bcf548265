//! Folders that disappear: when they are dropped, and when a signal ends the program.

use std::path::Path;

use anyhow::{Context as _, Result};
use tempfile::TempDir;

use crate::interrupt::{self, Undo};

/// A folder of our own.
#[derive(Debug)]
pub struct Folder {
    folder: TempDir,
    _undo: Undo,
}

impl Folder {
    /// Makes one in `parent`, whose name begins with `prefix`.
    pub fn create(parent: &Path, prefix: &str) -> Result<Self> {
        let folder = tempfile::Builder::new().prefix(prefix).tempdir_in(parent);
        let folder = folder.with_context(|| format!("can't write to {}", parent.display()))?;
        let path = folder.path().to_owned();
        Ok(Self { folder, _undo: interrupt::on_signal(move || remove(&path)) })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }
}

/// Removes the folder, though other threads may still put files into it: a few tries do.
fn remove(path: &Path) {
    const TRIES: u32 = 10;
    let _ = (0..TRIES).any(|_| std::fs::remove_dir_all(path).is_ok() || !path.exists());
}
