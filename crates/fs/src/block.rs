//! The trait through which this crate reads a disk.

use core::fmt;

/// Bytes of a sector. Disks with sectors of another size aren't supported.
pub const SECTOR_SIZE: usize = 512;

/// A disk, read in sectors of 512 bytes through the device's own transfer buffer.
///
/// The device owns the buffer, so that data is copied only once: from that buffer to its destination.
pub trait BlockDevice {
    /// Why a read failed, with the firmware's code for it.
    type Error: Copy + fmt::Debug + fmt::Display;

    /// Returns the number of sectors of the disk; `None` if the firmware doesn't report it.
    fn sectors(&self) -> Option<u64>;

    /// Returns the maximum number of sectors in one [`read`](Self::read); at least 1.
    fn max_sectors(&self) -> u16;

    /// Reads `count` sectors from `lba` on and returns their bytes, exactly `count * 512`. They are valid until the
    /// next read.
    ///
    /// # Errors
    /// The device's error.
    fn read(&mut self, lba: u64, count: u16) -> Result<&[u8], Self::Error>;
}

/// Returns how many of `wanted` sectors one read may request; at least 1 if `wanted` isn't zero.
pub(crate) fn sectors_per_read<R: BlockDevice>(reader: &R, wanted: u64) -> u16 {
    let limit = reader.max_sectors().max(1);
    u16::try_from(wanted).map_or(limit, |wanted| wanted.min(limit))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A drive in memory that records the reads.
    pub(crate) struct MemoryDisk {
        pub(crate) bytes: Vec<u8>,
        pub(crate) max_sectors: u16,
        /// First sector and count of each read.
        pub(crate) reads: Vec<(u64, u16)>,
        /// Fails the read of this sector.
        pub(crate) bad_sector: Option<u64>,
    }

    /// The error of a [`MemoryDisk`] for a sector that doesn't exist.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub(crate) struct NoSuchSector(pub(crate) u64);

    impl fmt::Display for NoSuchSector {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(f, "no sector {}", self.0)
        }
    }

    impl MemoryDisk {
        pub(crate) fn new(bytes: Vec<u8>) -> Self {
            Self { bytes, max_sectors: 127, reads: Vec::new(), bad_sector: None }
        }
    }

    impl BlockDevice for MemoryDisk {
        type Error = NoSuchSector;

        fn sectors(&self) -> Option<u64> {
            Some((self.bytes.len() / SECTOR_SIZE) as u64)
        }

        fn max_sectors(&self) -> u16 {
            self.max_sectors
        }

        fn read(&mut self, lba: u64, count: u16) -> Result<&[u8], NoSuchSector> {
            assert!(count > 0 && count <= self.max_sectors.max(1), "{count} sectors in one read");
            self.reads.push((lba, count));
            if self.bad_sector.is_some_and(|bad| (lba..lba + u64::from(count)).contains(&bad)) {
                return Err(NoSuchSector(lba));
            }
            let start = usize::try_from(lba).unwrap() * 512;
            self.bytes.get(start..start + usize::from(count) * 512).ok_or(NoSuchSector(lba))
        }
    }
}
