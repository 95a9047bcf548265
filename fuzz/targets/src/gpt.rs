//! A GPT, as the loader reads it: once unchanged, and once with checksums that match the mutated bytes.
//!
//! ```text
//! input   512 bytes of header, then the entries
//! ```
//!
//! The same header and entries are the primary and the backup of a disk that is otherwise zeros.

use std::convert::Infallible;

use farjump_fs::gpt::{Gpt, GptPartition, Guid};
use farjump_fs::{BlockDevice, SECTOR_SIZE};

use crate::{Target, assert_one_line};

/// This target.
pub const TARGET: Target = Target { name: "gpt", what: "a GUID partition table", corpus, run };

/// Sectors of the disk.
const DISK: u64 = 4000;

/// The maximum number of sectors in a read, the same as for a BIOS.
const MAX_SECTORS: u16 = 127;

/// Offsets of a header's fields. Source: UEFI 2.10, "GPT Header".
mod field {
    use std::ops::Range;

    pub(super) const SIZE: Range<usize> = 12..16;
    pub(super) const CHECKSUM: Range<usize> = 16..20;
    pub(super) const OWN_LBA: Range<usize> = 24..32;
    pub(super) const ENTRIES_LBA: Range<usize> = 72..80;
    pub(super) const COUNT: Range<usize> = 80..84;
    pub(super) const ENTRY_SIZE: Range<usize> = 84..88;
    pub(super) const ENTRIES_CHECKSUM: Range<usize> = 88..92;
}

/// Returns a table with three partitions, and one with larger entries.
fn corpus() -> Vec<Vec<u8>> {
    vec![table(128, 128), table(64, 256)]
}

fn table(count: u32, entry_size: u32) -> Vec<u8> {
    let mut header = vec![0; SECTOR_SIZE];
    header[..8].copy_from_slice(b"EFI PART");
    header[8..12].copy_from_slice(&[0, 0, 1, 0]);
    header[field::SIZE].copy_from_slice(&92u32.to_le_bytes());
    header[40..48].copy_from_slice(&34u64.to_le_bytes());
    header[48..56].copy_from_slice(&(DISK - 34).to_le_bytes());
    header[field::OWN_LBA].copy_from_slice(&1u64.to_le_bytes());
    header[field::ENTRIES_LBA].copy_from_slice(&2u64.to_le_bytes());
    header[field::COUNT].copy_from_slice(&count.to_le_bytes());
    header[field::ENTRY_SIZE].copy_from_slice(&entry_size.to_le_bytes());
    let mut entries = vec![0; (count * entry_size) as usize];
    let partitions =
        [(Guid([7; 16]), 34, 99), (Guid::EFI_SYSTEM_PARTITION, 2048, 3000), (Guid([9; 16]), 100, 200)];
    for (entry, (kind, first, last)) in entries.chunks_mut(entry_size as usize).zip(partitions) {
        entry[..16].copy_from_slice(&kind.0);
        entry[32..40].copy_from_slice(&u64::to_le_bytes(first));
        entry[40..48].copy_from_slice(&u64::to_le_bytes(last));
    }
    [header, entries].concat()
}

fn run(bytes: &[u8]) {
    let mut disk = Disk::new(bytes);
    explore(&mut disk);
    disk.repair();
    explore(&mut disk);
}

/// Reads the table and its partitions, as the loader would.
fn explore(disk: &mut Disk) -> Option<GptPartition> {
    let gpt = Gpt::read(disk).inspect_err(assert_one_line).ok()?;
    if let Some(fault) = gpt.primary_fault() {
        assert_one_line(&fault);
    }
    let mut partitions = Vec::new();
    let all = gpt.for_each_partition(disk, |partition| partitions.push(*partition));
    for partition in &partitions {
        let end = partition.start_lba.checked_add(partition.sector_count);
        assert!(partition.start_lba >= 2 && partition.sector_count > 0);
        assert!(end.is_some_and(|end| end <= DISK), "{partition:?} leaves the disk");
    }
    let found = gpt.efi_system_partition(disk).inspect_err(assert_one_line).ok()?;
    assert!(all.is_ok());
    let is_apart = |other: &GptPartition| {
        other.start_lba >= found.start_lba + found.sector_count
            || found.start_lba >= other.start_lba + other.sector_count
    };
    assert!(partitions.iter().all(|other| *other == found || is_apart(other)), "{found:?} shares sectors");
    Some(found)
}

/// A disk with a table, and zeros.
struct Disk {
    header: [u8; SECTOR_SIZE],
    entries: Vec<u8>,
    buffer: Vec<u8>,
    reads: u32,
}

impl Disk {
    fn new(input: &[u8]) -> Self {
        let mut header = [0; SECTOR_SIZE];
        let (first, entries) = input.split_at(input.len().min(SECTOR_SIZE));
        header[..first.len()].copy_from_slice(first);
        Self { header, entries: entries.to_vec(), buffer: Vec::new(), reads: 0 }
    }

    fn u32_at(&self, at: std::ops::Range<usize>) -> u32 {
        u32::from_le_bytes(std::array::from_fn(|index| self.header[at.start + index]))
    }

    /// Updates both checksums.
    fn repair(&mut self) {
        let length = u64::from(self.u32_at(field::COUNT)) * u64::from(self.u32_at(field::ENTRY_SIZE));
        let mut entries = self.entries.clone();
        entries.resize(usize::try_from(length).unwrap_or_default().min(1 << 20), 0);
        self.header[field::ENTRIES_CHECKSUM].copy_from_slice(&checksum(&entries).to_le_bytes());
        let size = (self.u32_at(field::SIZE) as usize).min(SECTOR_SIZE);
        self.header[field::CHECKSUM].fill(0);
        let checksum = checksum(&self.header[..size]);
        self.header[field::CHECKSUM].copy_from_slice(&checksum.to_le_bytes());
    }

    fn sector(&self, lba: u64) -> [u8; SECTOR_SIZE] {
        let mut sector = [0; SECTOR_SIZE];
        if lba == 1 {
            return self.header;
        }
        let start = lba.checked_sub(2).and_then(|index| usize::try_from(index).ok()).unwrap_or(usize::MAX);
        let rest =
            start.checked_mul(SECTOR_SIZE).and_then(|start| self.entries.get(start..)).unwrap_or_default();
        let length = rest.len().min(SECTOR_SIZE);
        sector[..length].copy_from_slice(&rest[..length]);
        sector
    }
}

fn checksum(bytes: &[u8]) -> u32 {
    boot_layout::stage2_header::crc32(bytes)
}

impl BlockDevice for Disk {
    type Error = Infallible;

    fn sectors(&self) -> Option<u64> {
        Some(DISK)
    }

    fn max_sectors(&self) -> u16 {
        MAX_SECTORS
    }

    fn read(&mut self, lba: u64, count: u16) -> Result<&[u8], Infallible> {
        assert!((1..=MAX_SECTORS).contains(&count), "{count} sectors in one read");
        assert!(lba + u64::from(count) <= DISK, "sector {lba} isn't on the disk");
        self.reads += 1;
        assert!(self.reads < 1000, "{} reads", self.reads);
        self.buffer = (lba..lba + u64::from(count)).flat_map(|lba| self.sector(lba)).collect();
        Ok(&self.buffer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn in_the_tables_to_begin_with_the_efi_system_partition_is_found() {
        for bytes in corpus() {
            let mut disk = Disk::new(&bytes);
            assert_eq!(explore(&mut disk), None, "there are no checksums yet");
            disk.repair();
            let found = explore(&mut disk).unwrap();
            assert_eq!((found.index, found.start_lba, found.sector_count), (1, 2048, 953));
        }
    }
}
