//! The file that an image grows in, beside the one that it replaces in the end.
//!
//! Whatever ends the work before, an error or a crash, leaves the old image whole: the new one is on the disk before it
//! takes the name.

use std::fs::File;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::error::Error;

/// An image that isn't finished. It disappears when it is dropped; a signal that ends the program leaves that to the
/// program.
#[derive(Debug)]
pub struct TemporaryImage {
    file: NamedTempFile,
    target: PathBuf,
}

impl TemporaryImage {
    /// Returns an empty one in the directory of `target`.
    ///
    /// # Errors
    /// As [`replaceable`]; or there can't be a file.
    pub fn beside(target: &Path) -> Result<Self, Error> {
        let target = replaceable(target)?;
        let file = temporary_beside(&target).map_err(Error::host(&target, "create a file beside"))?;
        Ok(Self { file, target })
    }

    /// Returns where it is now.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.file.path()
    }

    pub(crate) fn file(&self) -> &File {
        self.file.as_file()
    }

    pub(crate) fn target(&self) -> &Path {
        &self.target
    }

    /// Puts it in the target's place, in one step.
    ///
    /// # Errors
    /// [`Error::Host`]; the target is then as it was before.
    pub fn replace_target(self) -> Result<(), Error> {
        let Self { file, target } = self;
        // Otherwise a crash soon after could leave the new name on the disk, and not the bytes.
        file.as_file().sync_all().map_err(Error::host(&target, "bring to the disk"))?;
        file.persist(&target).map_err(|error| Error::host(&target, "replace")(error.error))?;
        Ok(())
    }
}

/// Puts a file of these bytes at `target`, in one step: a reader sees the old one or all of the new one.
///
/// # Errors
/// As [`TemporaryImage::beside`], or the file can't be written; `target` is then as it was before.
pub fn replace(target: &Path, bytes: &[u8]) -> Result<(), Error> {
    let file = TemporaryImage::beside(target)?;
    file.file().write_all(bytes).map_err(Error::host(target, "write"))?;
    file.replace_target()
}

/// Returns the file that `target` names, following links, if it can be replaced by a new one.
///
/// # Errors
/// [`Error::TargetNotAFile`]: a directory, a device, a socket or a pipe. [`Error::NoDirectory`]: its directory isn't there.
pub fn replaceable(target: &Path) -> Result<PathBuf, Error> {
    match target.canonicalize() {
        Ok(path) if path.is_file() => Ok(path),
        Ok(_) => Err(Error::TargetNotAFile(target.to_owned())),
        Err(_) if !directory_of(target).is_dir() => Err(Error::NoDirectory(directory_of(target).to_owned())),
        Err(_) => Ok(target.to_owned()),
    }
}

fn directory_of(target: &Path) -> &Path {
    target.parent().filter(|directory| !directory.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Returns a file in `target`'s directory, with the rights that a new file gets, that disappears if it isn't kept.
fn temporary_beside(target: &Path) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".farjump-").suffix(".tmp");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder.tempfile_in(directory_of(target))
}
