//! What can go wrong, a variant a cause.

use std::io;
use std::path::PathBuf;

use crate::size::format_size;
use crate::volume::FatKind;

/// Why there is no image. The message says what to do.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Stage 1 isn't a boot sector with room for signature and partition table.
    #[error("stage 1 is no boot sector to work with: {0}")]
    Stage1(&'static str),
    /// Stage 2 isn't whole sectors.
    #[error("stage 2 has {0} bytes; it must be whole sectors of 512 bytes, and at least one")]
    Stage2(usize),
    /// Stage 2 doesn't fit in front of the partition.
    #[error("stage 2 has {sectors} sectors; {room} fit in front of the partition")]
    Stage2TooLarge {
        /// Sectors that it has.
        sectors: u64,
        /// Sectors that there are.
        room: u64,
    },
    /// A name in the image that FAT can't hold, or that isn't absolute.
    #[error("{path:?} can't be a file in the image: {reason}")]
    Destination {
        /// The name that was asked for.
        path: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// Two files want one name (upper and lower case are the same to FAT).
    #[error("{0:?} is in the image twice; use a different name for each file")]
    Duplicate(String),
    /// A name is both a file and a directory.
    #[error("{0:?} would be both a file and a directory in the image")]
    FileAndDirectory(String),
    /// A source that isn't a regular file.
    #[error("{}: not a regular file", .0.display())]
    NotAFile(PathBuf),
    /// A file that FAT can't hold.
    #[error("{path:?} has {}; a file on a FAT volume ends below 4 GiB", format_size(*.size))]
    FileTooLarge {
        /// Its name in the image.
        path: String,
        /// Its bytes.
        size: u64,
    },
    /// A source that grew or shrank between the first look at it and its last byte.
    #[error("{}: changed while it was read; try again when nothing writes to it", .0.display())]
    Changed(PathBuf),
    /// The size asked for isn't whole sectors.
    #[error("a disk of {0} bytes isn't whole sectors of 512 bytes")]
    PartialSector(u64),
    /// The contents don't fit in the size asked for.
    #[error("the contents need a disk of {} at least, not {}", format_size(*.needed), format_size(*.actual))]
    TooSmall {
        /// Bytes that would do.
        needed: u64,
        /// Bytes that were asked for.
        actual: u64,
    },
    /// The kind of FAT asked for has no room for the contents, or needs a larger disk.
    #[error("a {0} volume can't be made for these contents in this size; leave the kind open")]
    Kind(FatKind),
    /// More than a partition table can say.
    #[error("a disk of {} is more than an MBR partition table can describe (2 TiB)", format_size(*.0))]
    TooLarge(u64),
    /// The target exists and isn't a regular file.
    #[error("{}: exists and isn't a regular file; name a file (and copy that to a device with dd)", .0.display())]
    TargetNotAFile(PathBuf),
    /// The target's directory doesn't exist.
    #[error("there is no directory {}; create it, or write to another one", .0.display())]
    NoDirectory(PathBuf),
    /// More names in the root directory than FAT12 and FAT16 have entries for.
    #[error("the root directory needs {entries} entries and has {room}; put files into directories")]
    RootDirectoryFull {
        /// Entries that the names take.
        entries: u64,
        /// Entries that there are.
        room: u64,
    },
    /// A file or directory of the volume couldn't be written: the host's disk is full, say.
    #[error("{path}: can't be written into the image")]
    Volume {
        /// The name in the image.
        path: String,
        /// What was wrong.
        source: io::Error,
    },
    /// A file of a volume that exists already.
    #[error("{path}: can't be read or replaced in the image")]
    Existing {
        /// The name in the image.
        path: String,
        /// What was wrong.
        source: io::Error,
    },
    /// The time that all files are to have.
    #[error("SOURCE_DATE_EPOCH is {0:?}, and no number of seconds since 1970; correct it, or unset it")]
    Epoch(String),
    /// A file of the host.
    #[error("{}: can't {action} it", .path.display())]
    Host {
        /// The file.
        path: PathBuf,
        /// What was tried, a verb.
        action: &'static str,
        /// What the system said.
        source: io::Error,
    },
}

impl Error {
    /// For `map_err`: `action` failed on the host's file `path`.
    pub(crate) fn host(path: impl Into<PathBuf>, action: &'static str) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::Host { path, action, source }
    }

    /// For `map_err`: the existing volume rejected `path`.
    pub(crate) fn existing(path: &str) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Existing { path, source }
    }

    /// For `map_err`: the volume rejected `path`.
    pub(crate) fn volume(path: &str) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Volume { path, source }
    }
}
