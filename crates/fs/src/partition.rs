//! Finds the boot partition: the active one of the MBR, else the GPT's EFI system partition.
//!
//! | MBR | boot partition |
//! |---|---|
//! | one active entry that isn't of type EE | that partition |
//! | none, and an entry of type EE | the EFI system partition of the GPT |
//! | anything else | none: a [`PartitionError`] |

use core::fmt;

use crate::BlockDevice;
use crate::gpt::{Gpt, GptError, Guid, HeaderError};
use crate::mbr::{MbrError, PartitionTable};

/// The partition that is booted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BootPartition<E> {
    /// The MBR's disk signature.
    pub disk_signature: u32,
    /// First sector, counted from the start of the disk.
    pub start_lba: u64,
    /// Number of sectors.
    pub sector_count: u64,
    /// Its entry in the partition table.
    pub entry: TableEntry,
    /// Other data of a GPT.
    pub gpt: Option<GptFacts<E>>,
}

/// Data of a GPT other than the partition's location.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GptFacts<E> {
    /// The disk's GUID.
    pub disk: Guid,
    /// The partition's GUID.
    pub partition: Guid,
    /// Why the backup of the table was used, if it was.
    pub primary_fault: Option<HeaderError<E>>,
}

/// A partition's entry in its table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TableEntry {
    /// In the MBR.
    Mbr {
        /// 0 to 3.
        index: u8,
        /// The type byte.
        partition_type: u8,
    },
    /// In the GPT.
    Gpt {
        /// Counted from 0.
        index: u32,
    },
}

impl<E> BootPartition<E> {
    /// Finds the partition to boot.
    ///
    /// # Errors
    /// [`PartitionError`].
    pub fn find<R: BlockDevice<Error = E>>(reader: &mut R) -> Result<Self, PartitionError<E>>
    where
        E: Copy,
    {
        let sectors = reader.sectors();
        let first_sector = reader.read(0, 1).map_err(PartitionError::FirstSector)?;
        let table = PartitionTable::parse(first_sector)?;
        match table.boot_partition(sectors) {
            Err(MbrError::NoneActive) if table.is_protective() => Self::find_in_gpt(reader, &table),
            Err(error) => Err(error.into()),
            Ok(partition) => Ok(Self {
                disk_signature: table.disk_signature,
                start_lba: partition.start_lba,
                sector_count: partition.sector_count,
                entry: TableEntry::Mbr { index: partition.index, partition_type: partition.partition_type },
                gpt: None,
            }),
        }
    }

    #[cold]
    #[inline(never)]
    fn find_in_gpt<R: BlockDevice<Error = E>>(
        reader: &mut R,
        table: &PartitionTable,
    ) -> Result<Self, PartitionError<E>>
    where
        E: Copy,
    {
        let gpt = Gpt::read(reader)?;
        let partition = gpt.efi_system_partition(reader)?;
        Ok(Self {
            disk_signature: table.disk_signature,
            start_lba: partition.start_lba,
            sector_count: partition.sector_count,
            entry: TableEntry::Gpt { index: partition.index },
            gpt: Some(GptFacts {
                disk: gpt.disk_guid(),
                partition: partition.guid,
                primary_fault: gpt.primary_fault(),
            }),
        })
    }
}

impl TableEntry {
    /// Returns its index in the table, counted from 0.
    #[must_use]
    pub const fn index(&self) -> u32 {
        match self {
            Self::Mbr { index, .. } => *index as u32,
            Self::Gpt { index, .. } => *index,
        }
    }
}

/// `partition 1`, or `GPT partition 1`: counted from 1, as partition tools do.
impl fmt::Display for TableEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let table = if matches!(self, Self::Gpt { .. }) { "GPT " } else { "" };
        write!(f, "{table}partition {}", self.index() + 1)
    }
}

/// Why no partition can be booted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PartitionError<E> {
    /// Sector 0 can't be read.
    FirstSector(E),
    /// The MBR has no partition to boot.
    Mbr(MbrError),
    /// The GPT has no partition to boot.
    Gpt(GptError<E>),
}

impl<E: fmt::Display> fmt::Display for PartitionError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::FirstSector(cause) => cause.fmt(f),
            Self::Mbr(cause) => cause.fmt(f),
            Self::Gpt(cause) => cause.fmt(f),
        }
    }
}

impl<E: fmt::Debug + fmt::Display> core::error::Error for PartitionError<E> {}

impl<E> From<MbrError> for PartitionError<E> {
    fn from(cause: MbrError) -> Self {
        Self::Mbr(cause)
    }
}

impl<E> From<GptError<E>> for PartitionError<E> {
    fn from(cause: GptError<E>) -> Self {
        Self::Gpt(cause)
    }
}
