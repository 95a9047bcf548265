//! Why there is no boot: the step, the cause, the number.

use core::fmt;

use farjump_fs::BlockDevice;
use farjump_fs::fat::FatError;
use farjump_fs::partition::{PartitionError, TableEntry};

use crate::config::ConfigError;
use crate::elf_plan::ElfError;
use crate::memory_map::MapError;
use crate::platform::Platform;
#[cfg(feature = "signed")]
use crate::signature::SignatureError;
use crate::verify::VerifyError;

/// The errors of a platform's boot.
pub(crate) type Error<'m, P> =
    BootError<'m, <<P as Platform<'m>>::Disk as BlockDevice>::Error, <P as Platform<'m>>::DiskError>;

/// Every way in which a boot can fail. `docs/errors.md` lists what a person does about each. `R` is why a sector can't
/// be read, `D` why there is no disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BootError<'m, R, D> {
    /// The memory map, or a piece of memory.
    Memory(MapError),
    /// The disk can't be used at all.
    Disk(D),
    /// The partition table has no partition to boot.
    Partitions(PartitionError<R>),
    /// The boot partition holds no FAT volume.
    Volume { entry: TableEntry, cause: FatError<R> },
    /// A file can't be found or read.
    File(FileError<'m, R>),
    /// The configuration makes no sense.
    Config(ConfigError<'m>),
    /// The kernel can't be loaded.
    Kernel { path: &'m str, cause: ElfError },
    /// A file that isn't what the configuration says.
    Unverified { path: &'m str, cause: VerifyError },
    /// The configuration isn't signed as it must be.
    #[cfg(feature = "signed")]
    Signature(SignatureError),
    /// The kernel's mapping of physical memory, this many bytes, doesn't fit where it requests it.
    PhysicalMemory { address: u64, size: u64 },
}

/// A file that can't be found or read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FileError<'m, R> {
    pub(crate) path: &'m str,
    pub(crate) cause: FatError<R>,
}

impl<R: fmt::Display, D: fmt::Display> fmt::Display for BootError<'_, R, D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Memory(cause) => write!(f, "memory: {cause}"),
            Self::Disk(cause) => cause.fmt(f),
            Self::Partitions(cause) => write!(f, "partition table: {cause}"),
            Self::Volume { entry, cause } => write!(f, "{entry}: {cause}"),
            Self::File(FileError { path, cause }) => write!(f, "{path}: {cause}"),
            Self::Config(cause) => write!(f, "/farjump.conf: {cause}"),
            Self::Kernel { path, cause } => write!(f, "{path}: {cause}"),
            Self::Unverified { path, cause } => write!(f, "{path}: {cause}"),
            #[cfg(feature = "signed")]
            Self::Signature(cause) => write!(f, "/farjump.sig: {cause}"),
            Self::PhysicalMemory { address, size } => write!(
                f,
                "kernel requests: {size:#x} bytes of physical memory don't fit at {address:#x}: request a lower address"
            ),
        }
    }
}
