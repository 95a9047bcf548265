//! A GPT's header: one sector, with a checksum of itself.

use core::ops::Range;

use super::crc32::Crc32;
use super::entry::ENTRY_SIZE;
use super::{Guid, HeaderError};
use crate::block::SECTOR_SIZE;

/// The first bytes of a header.
const SIGNATURE: [u8; 8] = *b"EFI PART";

/// Bytes of the header that every version has; a later one may have more, up to the sector's end.
const SIZE: u32 = 92;

/// The header's own checksum. It is calculated with zeros here.
const CRC32_FIELD: Range<usize> = 16..20;

/// The minimum size of an entry; all sizes are powers of two.
#[expect(clippy::cast_possible_truncation, reason = "128")]
const MIN_ENTRY_SIZE: u32 = ENTRY_SIZE as u32;

/// The maximum size of all entries in bytes: 64 times the usual size.
const MAX_ENTRIES_BYTES: u64 = 1 << 20;

/// The fields of a header that are used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) first_usable: u64,
    pub(super) last_usable: u64,
    pub(super) disk_guid: Guid,
    /// First sector of the entries.
    pub(super) entries_lba: u64,
    entry_count: u32,
    entry_size: u32,
    pub(super) entries_crc32: u32,
}

impl Header {
    /// Parses the header in `sector`, which was read from `lba` of a disk with `disk_sectors`.
    pub(super) fn parse<E>(
        sector: &[u8],
        lba: u64,
        disk_sectors: Option<u64>,
    ) -> Result<Self, HeaderError<E>> {
        let sector: &[u8; SECTOR_SIZE] =
            sector.first_chunk().ok_or(HeaderError::ShortRead { lba, count: 1 })?;
        let u32_at = |at: usize| u32::from_le_bytes(array(sector, at));
        let u64_at = |at: usize| u64::from_le_bytes(array(sector, at));
        if array(sector, 0) != SIGNATURE {
            return Err(HeaderError::Signature(u64::from_be_bytes(array(sector, 0))));
        }
        check_checksum(sector, u32_at(12), u32_at(16))?;
        if u64_at(24) != lba {
            return Err(HeaderError::Lba(u64_at(24)));
        }
        let header = Self {
            first_usable: u64_at(40),
            last_usable: u64_at(48),
            disk_guid: Guid(array(sector, 56)),
            entries_lba: u64_at(72),
            entry_count: u32_at(80),
            entry_size: u32_at(84),
            entries_crc32: u32_at(88),
        };
        header.check(disk_sectors)?;
        Ok(header)
    }

    /// Returns the size of all entries in bytes.
    pub(super) fn entries_bytes(&self) -> u64 {
        u64::from(self.entry_count) * u64::from(self.entry_size)
    }

    /// Returns the size of an entry in blocks of [`MIN_ENTRY_SIZE`] bytes.
    pub(super) const fn blocks_per_entry(&self) -> u32 {
        self.entry_size / MIN_ENTRY_SIZE
    }

    /// Checks that the numbers are consistent with each other and the disk.
    fn check<E>(&self, disk_sectors: Option<u64>) -> Result<(), HeaderError<E>> {
        let Self { first_usable, last_usable, entry_count, entry_size, .. } = *self;
        let has_good_size = entry_size.is_power_of_two() && entry_size >= MIN_ENTRY_SIZE;
        if !has_good_size || self.entries_bytes() > MAX_ENTRIES_BYTES {
            return Err(HeaderError::Entries { count: entry_count, size: entry_size });
        }
        let disk_end = disk_sectors.unwrap_or(u64::MAX);
        let entries_end = self.entries_lba.saturating_add(self.entries_bytes().div_ceil(SECTOR_SIZE as u64));
        let entries_are_apart = entries_end <= first_usable || self.entries_lba > last_usable;
        let fits = (2..=last_usable).contains(&first_usable) && last_usable < disk_end;
        if !fits || self.entries_lba < 2 || entries_end > disk_end || !entries_are_apart {
            return Err(HeaderError::Usable(first_usable, last_usable));
        }
        Ok(())
    }
}

/// Checks that the header's `size` bytes have the checksum `stated`.
fn check_checksum<E>(sector: &[u8; SECTOR_SIZE], size: u32, stated: u32) -> Result<(), HeaderError<E>> {
    let bytes = usize::try_from(size).ok().filter(|_| size >= SIZE).and_then(|size| sector.get(..size));
    let bytes = bytes.ok_or(HeaderError::Size(size))?;
    let mut digest = Crc32::new();
    digest.update(&bytes[..CRC32_FIELD.start]);
    digest.update(&[0; CRC32_FIELD.end - CRC32_FIELD.start]);
    digest.update(&bytes[CRC32_FIELD.end..]);
    let found = digest.finish();
    if found == stated { Ok(()) } else { Err(HeaderError::Checksum { found, stated }) }
}

/// Returns the `N` bytes from `at` on; for all callers, they are in the sector.
fn array<const N: usize>(sector: &[u8; SECTOR_SIZE], at: usize) -> [u8; N] {
    sector.get(at..).and_then(|rest| rest.first_chunk()).copied().unwrap_or([0; N])
}
