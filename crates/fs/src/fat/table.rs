//! The file allocation table, read through a window: it stores the successor of each cluster.
//!
//! The window's twelve sectors hold a whole FAT12 table (4086 entries of 12 bits), so that no entry crosses the window's
//! edge. They hold 3072 entries of FAT16 or 1536 of FAT32.

use crate::SECTOR_SIZE;

use super::boot_sector::{FatType, Geometry};
use super::{ChainError, FatError, read_sectors, sectors_per_read};
use crate::BlockDevice;

/// Sectors of the window.
const WINDOW_SECTORS: usize = 12;

/// The table, and a window with a copy of some of its sectors.
#[derive(Debug)]
pub(super) struct Table {
    fat_type: FatType,
    lba: u64,
    sectors: u64,
    cluster_limit: u32,
    /// The cluster whose entry is the window's first.
    first: u32,
    /// Entries in the window.
    count: u32,
    window: [u8; WINDOW_SECTORS * SECTOR_SIZE],
}

impl Table {
    /// Returns the table of a volume, without reading anything yet.
    pub(super) const fn new(geometry: &Geometry) -> Self {
        Self {
            fat_type: geometry.fat_type,
            lba: geometry.fat_lba,
            sectors: geometry.fat_sectors,
            cluster_limit: geometry.cluster_limit,
            first: 0,
            count: 0,
            window: [0; _],
        }
    }

    /// Returns the cluster that follows `cluster`; `None` at the end of the chain.
    #[inline]
    pub(super) fn next<R: BlockDevice>(
        &mut self,
        reader: &mut R,
        cluster: u32,
    ) -> Result<Option<u32>, FatError<R::Error>> {
        if cluster.wrapping_sub(self.first) >= self.count {
            self.load(reader, cluster)?;
        }
        let entry = self.entry(cluster.wrapping_sub(self.first) as usize);
        if entry.wrapping_sub(2) < self.cluster_limit.wrapping_sub(2) {
            return Ok(Some(entry));
        }
        self.end(cluster, entry).map_err(FatError::Chain)
    }

    /// Returns how many links in a row, from that of `cluster` on, lead to the next higher cluster: at most `wanted`, and
    /// only within the window. This takes a few instructions per link; [`next`](Self::next) takes about thirty. For FAT12,
    /// it is always 0, because such a volume has too few clusters to benefit.
    #[inline]
    pub(super) fn contiguous(&self, cluster: u32, wanted: u32) -> u32 {
        let index = cluster.wrapping_sub(self.first);
        let in_window = self.count.saturating_sub(index);
        // There is no cluster after the volume's last one.
        let in_volume = self.cluster_limit.saturating_sub(cluster).saturating_sub(1);
        let links = wanted.min(in_window).min(in_volume) as usize;
        let range = index as usize..index as usize + links;
        match self.fat_type {
            FatType::Fat12 => 0,
            FatType::Fat16 => {
                let entries = self.window.as_chunks().0.get(range).unwrap_or_default();
                count_ascending(entries.iter().map(|entry| u32::from(u16::from_le_bytes(*entry))), cluster)
            }
            FatType::Fat32 => {
                let entries = self.window.as_chunks().0.get(range).unwrap_or_default();
                count_ascending(entries.iter().map(|entry| u32::from_le_bytes(*entry) & 0x0FFF_FFFF), cluster)
            }
        }
    }

    /// Returns the entry at `index` of the window, without its reserved bits.
    #[inline]
    fn entry(&self, index: usize) -> u32 {
        match self.fat_type {
            FatType::Fat12 => {
                let pair = self.u16_at(index + index / 2);
                u32::from(if index.is_multiple_of(2) { pair & 0xFFF } else { pair >> 4 })
            }
            FatType::Fat16 => u32::from(self.u16_at(index * 2)),
            FatType::Fat32 => {
                let bytes = self.window.get(index * 4..).and_then(|bytes| bytes.first_chunk());
                u32::from_le_bytes(bytes.copied().unwrap_or_default()) & 0x0FFF_FFFF
            }
        }
    }

    fn u16_at(&self, offset: usize) -> u16 {
        let bytes = self.window.get(offset..).and_then(|bytes| bytes.first_chunk());
        u16::from_le_bytes(bytes.copied().unwrap_or_default())
    }

    /// Interprets an entry of `cluster` that isn't the number of a cluster.
    #[cold]
    fn end(&self, cluster: u32, entry: u32) -> Result<Option<u32>, ChainError> {
        let bad = match self.fat_type {
            FatType::Fat12 => 0xFF7,
            FatType::Fat16 => 0xFFF7,
            FatType::Fat32 => 0x0FFF_FFF7,
        };
        match entry {
            0 => Err(ChainError::Free(cluster)),
            entry if entry > bad => Ok(None),
            entry if entry == bad => Err(ChainError::Bad(cluster)),
            entry => Err(ChainError::OutOfRange { cluster: entry, limit: self.cluster_limit }),
        }
    }

    /// Moves the window so that it begins with the sector of `cluster`'s entry.
    #[cold]
    fn load<R: BlockDevice>(&mut self, reader: &mut R, cluster: u32) -> Result<(), FatError<R::Error>> {
        if !(2..self.cluster_limit).contains(&cluster) {
            return Err(ChainError::OutOfRange { cluster, limit: self.cluster_limit }.into());
        }
        let entries_per_sector = match self.fat_type {
            FatType::Fat12 => u32::MAX, // the window holds the whole table
            FatType::Fat16 => 256,
            FatType::Fat32 => 128,
        };
        let sector = u64::from(cluster / entries_per_sector);
        let sectors = self.sectors.saturating_sub(sector).min(WINDOW_SECTORS as u64);
        self.count = 0;
        self.first = cluster - cluster % entries_per_sector;
        self.fill(reader, self.lba + sector, sectors)?;
        let entries = sectors * SECTOR_SIZE as u64 * 8 / self.fat_type.entry_bits();
        let entries = u32::try_from(entries).unwrap_or_default();
        self.count = entries.min(self.cluster_limit.saturating_sub(self.first));
        Ok(())
    }

    /// Copies `sectors` from `lba` on into the window.
    fn fill<R: BlockDevice>(
        &mut self,
        reader: &mut R,
        lba: u64,
        sectors: u64,
    ) -> Result<(), FatError<R::Error>> {
        let mut lba = lba;
        let mut left = sectors;
        let mut window = self.window.as_mut_slice();
        while left > 0 {
            let count = sectors_per_read(reader, left);
            let bytes = read_sectors(reader, lba, count)?;
            let Some((part, rest)) = window.split_at_mut_checked(bytes.len()) else { break };
            part.copy_from_slice(bytes);
            window = rest;
            lba += u64::from(count);
            left -= u64::from(count);
        }
        Ok(())
    }
}

/// Counts the numbers until one isn't its predecessor plus one; `before` precedes the first.
#[inline]
fn count_ascending(numbers: impl Iterator<Item = u32>, before: u32) -> u32 {
    let mut last = before;
    for number in numbers {
        if number != last.wrapping_add(1) {
            break;
        }
        last = number;
    }
    last.wrapping_sub(before)
}
