//! A disk in a slice of bytes.

use std::fmt;

use farjump_fs::BlockDevice;
use farjump_fs::block::SECTOR_SIZE;

/// The maximum number of sectors in a read, the same as for a BIOS.
const MAX_SECTORS: u16 = 127;

/// A disk.
#[derive(Debug, Clone, Copy)]
pub struct HostDisk<'d> {
    bytes: &'d [u8],
    /// The number of sectors that the firmware reports, if it does.
    sectors: Option<u64>,
    bad_sector: Option<u64>,
}

impl<'d> HostDisk<'d> {
    /// Returns a disk with these bytes. An incomplete sector at the end is left out.
    #[must_use]
    pub const fn new(bytes: &'d [u8]) -> Self {
        Self { bytes, sectors: Some((bytes.len() / SECTOR_SIZE) as u64), bad_sector: None }
    }

    /// Returns the same disk, but the firmware doesn't report its size.
    #[must_use]
    pub const fn of_unknown_size(self) -> Self {
        Self { sectors: None, ..self }
    }

    /// Returns the same disk with one sector that can't be read.
    #[must_use]
    pub const fn with_bad_sector(self, lba: u64) -> Self {
        Self { bad_sector: Some(lba), ..self }
    }
}

/// A sector that can't be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoSuchSector(u64);

impl fmt::Display for NoSuchSector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "sector {} can't be read", self.0)
    }
}

impl fmt::Display for HostDisk<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("host disk")
    }
}

impl BlockDevice for HostDisk<'_> {
    type Error = NoSuchSector;

    fn sectors(&self) -> Option<u64> {
        self.sectors
    }

    fn max_sectors(&self) -> u16 {
        MAX_SECTORS
    }

    fn read(&mut self, lba: u64, count: u16) -> Result<&[u8], NoSuchSector> {
        assert!((1..=MAX_SECTORS).contains(&count), "{count} sectors in one read");
        let end = lba.checked_add(count.into()).ok_or(NoSuchSector(lba))?;
        if let Some(bad) = self.bad_sector.filter(|bad| (lba..end).contains(bad)) {
            return Err(NoSuchSector(bad));
        }
        let start = usize::try_from(lba).ok().and_then(|lba| lba.checked_mul(SECTOR_SIZE));
        let sectors = start.and_then(|start| self.bytes.get(start..));
        sectors.and_then(|bytes| bytes.get(..usize::from(count) * SECTOR_SIZE)).ok_or(NoSuchSector(lba))
    }
}
