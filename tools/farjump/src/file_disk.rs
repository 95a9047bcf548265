//! A disk image, or a disk, as a block device: a file that is read in sectors.

use std::fmt;
use std::fs::File;
use std::io::{ErrorKind, Read as _, Seek as _, SeekFrom};

use anyhow::Result;
use farjump_fs::BlockDevice;
use farjump_fs::block::SECTOR_SIZE;

/// Sectors of the buffer: 64 KiB.
const BUFFER_SECTORS: u16 = 128;

/// A file that is read in sectors.
pub(crate) struct FileDisk<'a> {
    file: &'a mut File,
    sectors: u64,
    buffer: Vec<u8>,
}

/// Why a sector of a file couldn't be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FileError(ErrorKind);

impl<'a> FileDisk<'a> {
    /// The sectors of `file`, as many as are whole.
    pub(crate) fn new(file: &'a mut File) -> Result<Self> {
        let sectors = file.seek(SeekFrom::End(0))? / SECTOR_SIZE as u64;
        Ok(Self { file, sectors, buffer: vec![0; usize::from(BUFFER_SECTORS) * SECTOR_SIZE] })
    }
}

impl BlockDevice for FileDisk<'_> {
    type Error = FileError;

    fn sectors(&self) -> Option<u64> {
        Some(self.sectors)
    }

    fn max_sectors(&self) -> u16 {
        BUFFER_SECTORS
    }

    fn read(&mut self, lba: u64, count: u16) -> Result<&[u8], FileError> {
        let bytes = &mut self.buffer[..usize::from(count) * SECTOR_SIZE];
        let start = lba.checked_mul(SECTOR_SIZE as u64).ok_or(FileError(ErrorKind::InvalidInput))?;
        let read = self.file.seek(SeekFrom::Start(start)).and_then(|_| self.file.read_exact(bytes));
        read.map_err(|error| FileError(error.kind()))?;
        Ok(bytes)
    }
}

impl fmt::Display for FileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
