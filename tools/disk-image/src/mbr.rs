//! The boot sector's two tables: disk signature and partitions. All other bytes are stage 1's.
//!
//! Source: RBIL, "Format of hard disk master boot sector", tables 00650 and 00651.

use boot_layout::disk::{BOOT_SIGNATURE, DISK_SIGNATURE, PARTITION_TABLE, SECTOR_SIZE};
use farjump_fs::mbr::ACTIVE;

use crate::error::Error;
use crate::geometry::Geometry;

/// The one partition of the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Partition {
    /// The type byte.
    pub(crate) kind: u8,
    /// First sector.
    pub(crate) start: u32,
    /// Sectors.
    pub(crate) sectors: u32,
}

impl Partition {
    fn entry(self, geometry: Geometry) -> [u8; 16] {
        let mut entry = [0; 16];
        entry[0] = ACTIVE;
        entry[1..4].copy_from_slice(&geometry.chs_bytes(self.start));
        entry[4] = self.kind;
        entry[5..8].copy_from_slice(&geometry.chs_bytes(self.start + (self.sectors - 1)));
        entry[8..12].copy_from_slice(&self.start.to_le_bytes());
        entry[12..16].copy_from_slice(&self.sectors.to_le_bytes());
        entry
    }
}

/// Checks that stage 1 is one sector, signed, and left room for both tables.
pub(crate) fn check_stage1(stage1: &[u8]) -> Result<&[u8; SECTOR_SIZE], Error> {
    let sector: &[u8; SECTOR_SIZE] =
        stage1.try_into().map_err(|_| Error::Stage1("it isn't 512 bytes long"))?;
    if !sector.ends_with(&BOOT_SIGNATURE) {
        return Err(Error::Stage1("it doesn't end with 55 AA"));
    }
    if sector[DISK_SIGNATURE.start..PARTITION_TABLE.end].iter().any(|byte| *byte != 0) {
        return Err(Error::Stage1("it isn't zero where disk signature and partition table go (440 to 509)"));
    }
    Ok(sector)
}

/// The finished boot sector: `stage1` with both tables filled in.
pub(crate) fn boot_sector(
    stage1: &[u8; SECTOR_SIZE],
    signature: u32,
    partition: Partition,
    geometry: Geometry,
) -> [u8; SECTOR_SIZE] {
    let mut sector = *stage1;
    sector[DISK_SIGNATURE.start..][..4].copy_from_slice(&signature.to_le_bytes());
    sector[PARTITION_TABLE.start..][..16].copy_from_slice(&partition.entry(geometry));
    sector
}
