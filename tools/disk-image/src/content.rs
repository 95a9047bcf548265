//! A file that is to be in the image, and where its bytes come from.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use crate::error::Error;

/// Bytes that are read and written at a time.
const CHUNK: usize = 1 << 20;

/// Where a file's bytes come from.
#[derive(Debug, Clone)]
pub(crate) enum Content {
    /// Memory.
    Bytes(Vec<u8>),
    /// A file of the host, read when the image is written.
    File(PathBuf),
}

/// A file that is to be in the image.
#[derive(Debug, Clone)]
pub(crate) struct PlannedFile {
    /// Its name in the image: absolute, checked.
    pub(crate) path: String,
    /// Its bytes.
    pub(crate) content: Content,
    /// How many there are.
    pub(crate) size: u64,
}

impl PlannedFile {
    pub(crate) fn from_bytes(path: &str, bytes: Vec<u8>) -> Result<Self, Error> {
        let size = bytes.len() as u64;
        Self { path: path.to_owned(), content: Content::Bytes(bytes), size }.checked()
    }

    pub(crate) fn from_file(path: &str, source: &Path) -> Result<Self, Error> {
        let metadata = source.metadata().map_err(Error::host(source, "read"))?;
        if !metadata.is_file() {
            return Err(Error::NotAFile(source.to_owned()));
        }
        let content = Content::File(source.to_owned());
        Self { path: path.to_owned(), content, size: metadata.len() }.checked()
    }

    fn checked(self) -> Result<Self, Error> {
        if self.size > u64::from(u32::MAX) {
            return Err(Error::FileTooLarge { path: self.path, size: self.size });
        }
        Ok(self)
    }

    /// Hands the bytes to `sink`, in chunks and in order.
    pub(crate) fn read(&self, sink: &mut dyn FnMut(&[u8]) -> Result<(), Error>) -> Result<(), Error> {
        match &self.content {
            Content::Bytes(bytes) => sink(bytes),
            Content::File(source) => read_file(source, self.size, sink),
        }
    }
}

fn read_file(
    source: &Path,
    size: u64,
    sink: &mut dyn FnMut(&[u8]) -> Result<(), Error>,
) -> Result<(), Error> {
    let mut file = File::open(source).map_err(Error::host(source, "open"))?;
    let mut chunk = vec![0; CHUNK];
    let mut read = 0;
    loop {
        let len = file.read(&mut chunk).map_err(Error::host(source, "read"))?;
        read += len as u64;
        if read > size || (len == 0 && read < size) {
            return Err(Error::Changed(source.to_owned()));
        }
        if len == 0 {
            return Ok(());
        }
        sink(&chunk[..len])?;
    }
}
