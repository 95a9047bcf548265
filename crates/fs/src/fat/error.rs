//! Why a file can't be found or read.

use core::fmt;

use super::BootSectorError;

/// Why a volume, a directory or a file can't be read. `E` is the drive's own error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FatError<E> {
    /// The drive failed.
    Read {
        /// First sector of the read.
        lba: u64,
        /// Sectors of the read.
        count: u16,
        /// The drive's error.
        cause: E,
    },
    /// The drive returned fewer bytes than requested.
    ShortRead {
        /// First sector of the read.
        lba: u64,
        /// Sectors of the read.
        count: u16,
    },
    /// The boot sector isn't that of a FAT volume.
    BootSector(BootSectorError),
    /// A file's or directory's clusters are wrong.
    Chain(ChainError),
    /// The file or directory can't be opened.
    Path(PathError),
    /// The requested range is past the end of the file.
    PastFileEnd {
        /// Offset after the last byte.
        end: u64,
        /// Bytes of the file.
        size: u64,
    },
}

/// What is wrong with a chain of clusters: the volume is damaged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChainError {
    /// A cluster that the volume doesn't have.
    OutOfRange {
        /// Its number.
        cluster: u32,
        /// One more than the highest number.
        limit: u32,
    },
    /// The chain leads into this cluster, which is free.
    Free(u32),
    /// The entry of this cluster marks it as bad.
    Bad(u32),
    /// The chain has only this many clusters, too few for the file's size.
    TooShort(u32),
    /// The chain continues after this cluster, in which the file ends.
    TooLong(u32),
    /// The chain reaches this cluster again.
    Circle(u32),
    /// The file has more bytes than all clusters.
    LargerThanVolume(u64),
    /// The directory has more than 65,536 entries, or its chain is circular.
    EndlessDirectory,
}

/// Why a path can't be followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PathError {
    /// It doesn't begin with a slash.
    Relative,
    /// The directory `path[..directory_len]` has no entry with that name.
    NotFound {
        /// Bytes of the path up to the missing name, including the slash.
        directory_len: usize,
    },
    /// `path[..file_len]` is a file, where a directory is needed.
    NotADirectory {
        /// Bytes of the path up to the end of the file's name.
        file_len: usize,
    },
    /// It is a directory, where a file is needed.
    IsADirectory,
}

impl<E> From<BootSectorError> for FatError<E> {
    fn from(error: BootSectorError) -> Self {
        Self::BootSector(error)
    }
}

impl<E> From<ChainError> for FatError<E> {
    fn from(error: ChainError) -> Self {
        Self::Chain(error)
    }
}

impl<E> From<PathError> for FatError<E> {
    fn from(error: PathError) -> Self {
        Self::Path(error)
    }
}

impl<E: fmt::Display> fmt::Display for FatError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Read { lba, count: 1, cause } => write!(f, "sector {lba}: {cause}"),
            Self::Read { lba, count, cause } => {
                write!(f, "sectors {lba} to {}: {cause}", lba.saturating_add(u64::from(*count) - 1))
            }
            Self::ShortRead { lba, count } => write!(f, "fewer than {count} sectors came from sector {lba}"),
            Self::BootSector(error) => error.fmt(f),
            Self::Chain(error) => error.fmt(f),
            Self::Path(error) => error.fmt(f),
            Self::PastFileEnd { end, size } => write!(f, "bytes up to {end} of a file of {size}"),
        }
    }
}

impl fmt::Display for ChainError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OutOfRange { cluster, limit } => {
                write!(f, "cluster {cluster}, clusters are 2 to {}", limit.saturating_sub(1))
            }
            Self::Free(cluster) => write!(f, "cluster {cluster} is in use and marked as free"),
            Self::Bad(cluster) => write!(f, "cluster {cluster} is in use and marked as bad"),
            Self::TooShort(clusters) => {
                write!(f, "the file's clusters end after {clusters}, before its size")
            }
            Self::TooLong(cluster) => {
                write!(f, "the file's clusters continue after cluster {cluster}, its last")
            }
            Self::Circle(cluster) => {
                write!(f, "the file's clusters run in a circle by way of cluster {cluster}")
            }
            Self::LargerThanVolume(size) => write!(f, "a file of {size} bytes is larger than the volume"),
            Self::EndlessDirectory => f.write_str("the directory has more than 65536 entries"),
        }?;
        f.write_str(": check the file system")
    }
}

impl fmt::Display for PathError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Relative => "the path doesn't begin with \"/\"",
            Self::NotFound { .. } => "no such file or directory",
            Self::NotADirectory { .. } => "a file stands where a directory is needed",
            Self::IsADirectory => "is a directory, not a file",
        })
    }
}

impl<E: fmt::Debug + fmt::Display> core::error::Error for FatError<E> {}
impl core::error::Error for ChainError {}
impl core::error::Error for PathError {}
