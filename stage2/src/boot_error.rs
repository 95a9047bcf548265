//! Why there is no boot: the step, the cause, the number.

use core::fmt;

use farjump_loader::config::ConfigError;
use farjump_loader::elf_plan::ElfError;
use farjump_loader::mbr::MbrError;
use farjump_loader::memory_map::MapError;
#[cfg(feature = "signed")]
use farjump_loader::signature::SignatureError;

use crate::bios::disk::{DiskError, ReadError};
use crate::verify::VerifyError;
use crate::volume::VolumeError;

/// Every way in which the loader can fail. `docs/errors.md` lists what a person does about each.
#[derive(Debug, Clone, Copy)]
pub(crate) enum BootError<'a> {
    /// The memory map, or a piece of memory.
    Memory(MapError),
    /// The drive can't be used at all.
    Drive { drive: u8, cause: DiskError },
    /// The drive's first sector can't be read.
    FirstSector { drive: u8, cause: ReadError },
    /// The partition table.
    Partitions(MbrError),
    /// The boot partition holds no FAT volume.
    Volume { partition: u8, cause: VolumeError },
    /// A file can't be found or read.
    File(FileError),
    /// The configuration makes no sense.
    Config(ConfigError<'a>),
    /// The kernel can't be loaded.
    Kernel { path: &'static str, cause: ElfError },
    /// A file that isn't what the configuration says.
    Unverified { path: &'static str, cause: VerifyError },
    /// The configuration isn't signed as it must be.
    #[cfg(feature = "signed")]
    Signature(SignatureError),
    /// The kernel's mapping of physical memory, this many bytes, doesn't fit where it wishes it.
    PhysicalMemory { address: u64, size: u64 },
}

/// A file that can't be found or read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FileError {
    pub(crate) path: &'static str,
    pub(crate) cause: VolumeError,
}

impl fmt::Display for BootError<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Memory(cause) => write!(f, "memory: {cause}"),
            Self::Drive { drive, cause } => write!(f, "drive {drive:02x}h: {cause}"),
            Self::FirstSector { drive, cause } => write!(f, "drive {drive:02x}h: {cause}"),
            Self::Partitions(cause) => write!(f, "partition table: {cause}"),
            Self::Volume { partition, cause } => write!(f, "partition {}: {cause}", partition + 1),
            Self::File(FileError { path, cause }) => write!(f, "{path}: {cause}"),
            Self::Config(cause) => write!(f, "/farjump.conf: {cause}"),
            Self::Kernel { path, cause } => write!(f, "{path}: {cause}"),
            Self::Unverified { path, cause } => write!(f, "{path}: {cause}"),
            #[cfg(feature = "signed")]
            Self::Signature(cause) => write!(f, "/farjump.sig: {cause}"),
            Self::PhysicalMemory { address, size } => write!(
                f,
                "wishes: {size:#x} bytes of physical memory don't fit at {address:#x}: wish for a lower address"
            ),
        }
    }
}

impl From<MapError> for BootError<'_> {
    fn from(cause: MapError) -> Self {
        Self::Memory(cause)
    }
}

impl From<MbrError> for BootError<'_> {
    fn from(cause: MbrError) -> Self {
        Self::Partitions(cause)
    }
}

impl From<FileError> for BootError<'_> {
    fn from(cause: FileError) -> Self {
        Self::File(cause)
    }
}

#[cfg(feature = "signed")]
impl From<SignatureError> for BootError<'_> {
    fn from(cause: SignatureError) -> Self {
        Self::Signature(cause)
    }
}

impl<'a> From<ConfigError<'a>> for BootError<'a> {
    fn from(cause: ConfigError<'a>) -> Self {
        Self::Config(cause)
    }
}
