//! FAT12, FAT16 and FAT32 with long names: read-only, without allocation, optimised for few and long reads.
//!
//! ```text
//! partition  | reserved | FAT | FAT | root directory  | clusters 2, 3, 4 ...
//!            | BPB      |           | FAT12 and 16    |
//! ```
//!
//! A file's clusters are followed through a window of the FAT. Adjacent clusters are joined, and each run is read in the
//! longest chunks that the drive supports, because the number of reads determines the time.
//!
//! Rejects a boot sector whose numbers contradict each other or don't fit the partition, and cluster chains that leave the
//! volume, end early or don't end. Names are compared without regard to the case of ASCII letters; the case of other
//! letters counts.
//!
//! Source: Microsoft, "FAT: General Overview of On-Disk Format", version 1.03.

mod boot_sector;
mod directory;
mod error;
mod file;
mod name;
mod path;
mod table;

pub use boot_sector::{BootSectorError, FatType};
pub use directory::Attributes;
pub use error::{ChainError, FatError, PathError};
pub use file::File;

use crate::SECTOR_SIZE;

use crate::BlockDevice;
use crate::block::sectors_per_read;
use boot_sector::{Geometry, Root};
use directory::Directory;
use table::Table;

/// A mounted file system.
///
/// Contains a window of the file allocation table, about 6 KiB. It doesn't contain the drive: each method must get the drive
/// that the volume was mounted from.
#[derive(Debug)]
pub struct Volume {
    geometry: Geometry,
    table: Table,
}

impl Volume {
    /// Mounts the file system of the partition of `partition_sectors` at `partition_lba`.
    ///
    /// # Errors
    /// [`FatError::Read`], [`FatError::BootSector`].
    pub fn mount<R: BlockDevice>(
        reader: &mut R,
        partition_lba: u64,
        partition_sectors: u64,
    ) -> Result<Self, FatError<R::Error>> {
        let sector = read_sectors(reader, partition_lba, 1)?;
        let geometry = Geometry::parse(sector, partition_lba, partition_sectors)?;
        Ok(Self { table: Table::new(&geometry), geometry })
    }

    /// Returns which of the three FAT types it is.
    #[must_use]
    pub const fn fat_type(&self) -> FatType {
        self.geometry.fat_type
    }

    /// Returns the root directory.
    const fn root(&self) -> Directory {
        match self.geometry.root {
            Root::Fixed { .. } => Directory::FixedRoot,
            Root::Cluster(cluster) => Directory::Chain(cluster),
        }
    }
}

/// Reads sectors, and checks that the drive returned the right number of bytes.
fn read_sectors<R: BlockDevice>(reader: &mut R, lba: u64, count: u16) -> Result<&[u8], FatError<R::Error>> {
    let bytes = reader.read(lba, count).map_err(|cause| FatError::Read { lba, count, cause })?;
    bytes.get(..usize::from(count) * SECTOR_SIZE).ok_or(FatError::ShortRead { lba, count })
}

#[cfg(test)]
mod tests;
