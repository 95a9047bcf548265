//! Directories that disappear: when they are dropped, and when a signal ends the program.

use std::path::Path;

use anyhow::{Context as _, Result};
use tempfile::TempDir;

use crate::interrupt::{self, Undo};

/// A temporary directory.
#[derive(Debug)]
pub struct Directory {
    inner: TempDir,
    _undo: Undo,
}

impl Directory {
    /// Makes one in `parent`, whose name begins with `prefix`.
    pub fn create(parent: &Path, prefix: &str) -> Result<Self> {
        let directory = tempfile::Builder::new().prefix(prefix).tempdir_in(parent);
        let directory = directory.with_context(|| format!("can't write to {}", parent.display()))?;
        let path = directory.path().to_owned();
        Ok(Self { inner: directory, _undo: interrupt::on_signal(move || remove(&path)) })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        self.inner.path()
    }
}

/// Removes the directory, though other threads may still put files into it: a few tries do.
fn remove(path: &Path) {
    const TRIES: u32 = 10;
    let _ = (0..TRIES).any(|_| std::fs::remove_dir_all(path).is_ok() || !path.exists());
}
