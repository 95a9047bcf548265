//! The errors that end a boot: each names the step, the cause and a number.

use core::fmt;

use farjump_fs::fat::FatError;
use farjump_fs::partition::{PartitionError, TableEntry};

use crate::config::ConfigError;
use crate::elf_plan::ElfError;
use crate::memory_map::MapError;
use crate::platform::{DiskReadError, Platform};
#[cfg(feature = "signed")]
use crate::signature::SignatureError;
use crate::verify::VerifyError;

/// The errors of a platform's boot.
pub(crate) type Error<'m, P> =
    BootError<'m, DiskReadError<'m, P>, <P as Platform<'m>>::DiskError, <P as Platform<'m>>::LeaveError>;

/// An error that ends a boot. `docs/errors.md` explains each of them to users. `R` is the error of reading a sector, `D`
/// that of opening the disk, `L` that of leaving the firmware.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BootError<'m, R, D, L> {
    /// There is no memory map, or an allocation failed.
    Memory(MapError),
    /// The disk can't be opened.
    Disk(D),
    /// The partition table has no partition to boot.
    Partitions(PartitionError<R>),
    /// The boot partition has no valid FAT volume.
    Volume { entry: TableEntry, cause: FatError<R> },
    /// A file can't be found or read.
    File(FileError<'m, R>),
    /// The configuration is invalid.
    Config(ConfigError<'m>),
    /// The kernel can't be loaded.
    Kernel { path: &'m str, cause: ElfError },
    /// A file doesn't match its checksum or hash in the configuration.
    VerificationFailed { path: &'m str, cause: VerifyError },
    /// The configuration has no valid signature.
    #[cfg(feature = "signed")]
    Signature(SignatureError),
    /// The kernel's mapping of physical memory, this many bytes, doesn't fit where it requests it.
    PhysicalMemory { address: u64, size: u64 },
    /// The firmware can't be left.
    Leave(L),
}

/// A file that can't be found or read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FileError<'m, R> {
    pub(crate) path: &'m str,
    pub(crate) cause: FatError<R>,
}

impl<R: fmt::Display, D: fmt::Display, L: fmt::Display> fmt::Display for BootError<'_, R, D, L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Memory(cause) => write!(f, "memory: {cause}"),
            Self::Disk(cause) => cause.fmt(f),
            Self::Partitions(cause) => write!(f, "partition table: {cause}"),
            Self::Volume { entry, cause } => write!(f, "{entry}: {cause}"),
            Self::File(FileError { path, cause }) => write!(f, "{path}: {cause}"),
            Self::Config(cause) => write!(f, "/farjump.conf: {cause}"),
            Self::Kernel { path, cause } => write!(f, "{path}: {cause}"),
            Self::VerificationFailed { path, cause } => write!(f, "{path}: {cause}"),
            #[cfg(feature = "signed")]
            Self::Signature(cause) => write!(f, "/farjump.sig: {cause}"),
            Self::PhysicalMemory { address, size } => write!(
                f,
                "kernel requests: {size:#x} bytes of physical memory don't fit at {address:#x}: request a lower address"
            ),
            Self::Leave(cause) => cause.fmt(f),
        }
    }
}
