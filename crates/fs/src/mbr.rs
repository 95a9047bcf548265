//! The master boot record: finds the active partition.
//!
//! ```text
//! 0     stage 1's code
//! 440   disk signature, 4 bytes, and 2 reserved bytes
//! 446   four entries: status, CHS, type, CHS, first LBA (4 bytes), sectors (4 bytes)
//! 510   55 AA
//! ```
//!
//! Assumes a partitioned drive: a file system that starts at sector 0 isn't supported. There must be exactly one active
//! entry, and it must be a valid FAT partition. The protective entry of a GPT is ignored.

use core::fmt;
use core::ops::Range;

use crate::SECTOR_SIZE;

/// Bytes of the disk signature, 4, and of the two reserved ones after it.
pub const DISK_SIGNATURE: Range<usize> = 440..446;

/// Bytes of the four entries, 16 each.
pub const PARTITION_TABLE: Range<usize> = 446..510;

/// The last two bytes of a boot sector.
pub const BOOT_SIGNATURE: [u8; 2] = [0x55, 0xAA];

/// An entry's status byte: the partition that is booted.
pub const ACTIVE: u8 = 0x80;

/// An entry's status byte: not active. Every value but this one and [`ACTIVE`] is invalid.
const INACTIVE: u8 = 0x00;

/// Partition types that hold FAT: FAT12, FAT16 (small, large), FAT32 (CHS, LBA), FAT16 (LBA), EFI system partition.
///
/// Source: RBIL INT 19, table 00652; UEFI 2.10, "OS Types".
const FAT_TYPES: [u8; 7] = [0x01, 0x04, 0x06, 0x0B, 0x0C, 0x0E, 0xEF];

/// A partition may be longer than the reported drive by at most this many sectors: some BIOSes return the number of the
/// last sector instead of the count.
const MAX_SECTORS_MISSING: u64 = 1;

/// The type of the protective entry on a drive whose real partition table is a GPT. Some tools set its boot flag, but it is
/// never booted.
const GPT_PROTECTIVE: u8 = 0xEE;

/// The partition table of a drive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PartitionTable {
    /// Identifies the drive. Zero if it has no signature.
    pub disk_signature: u32,
    entries: [Entry; 4],
}

/// One entry of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Entry {
    status: u8,
    partition_type: u8,
    start_lba: u32,
    sector_count: u32,
}

impl Entry {
    fn parse(bytes: &[u8; 16]) -> Self {
        let [status, _, _, _, partition_type, ..] = *bytes;
        let [_, _, start_lba, sector_count] = *bytes.as_chunks::<4>().0 else { unreachable!() };
        let [start_lba, sector_count] = [start_lba, sector_count].map(u32::from_le_bytes);
        Self { status, partition_type, start_lba, sector_count }
    }
}

/// The partition that is booted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Partition {
    /// Its index in the table, 0 to 3.
    pub index: u8,
    /// The type byte: one of the FAT types.
    pub partition_type: u8,
    /// First sector, counted from the start of the drive.
    pub start_lba: u64,
    /// Number of sectors.
    pub sector_count: u64,
}

impl Partition {
    /// Returns the sector after its last one.
    #[must_use]
    pub const fn end_lba(&self) -> u64 {
        self.start_lba + self.sector_count
    }

    /// Returns whether it ends past a drive of `drive_sectors`.
    #[must_use]
    pub const fn ends_past(&self, drive_sectors: u64) -> bool {
        self.end_lba() > drive_sectors
    }
}

impl PartitionTable {
    /// Parses the table in a drive's first sector.
    ///
    /// # Errors
    /// [`MbrError::Truncated`], [`MbrError::Signature`].
    pub fn parse(sector: &[u8]) -> Result<Self, MbrError> {
        let sector: &[u8; SECTOR_SIZE] = sector.first_chunk().ok_or(MbrError::Truncated(sector.len()))?;
        let signature = [sector[510], sector[511]];
        if signature != BOOT_SIGNATURE {
            return Err(MbrError::Signature(u16::from_be_bytes(signature)));
        }
        let [a, b, c, d, ..] = sector[DISK_SIGNATURE] else { return Err(MbrError::Truncated(0)) };
        let (entries, _) = sector[PARTITION_TABLE].as_chunks::<16>();
        let entries: &[[u8; 16]; 4] = entries.first_chunk().ok_or(MbrError::Truncated(0))?;
        Ok(Self {
            disk_signature: u32::from_le_bytes([a, b, c, d]),
            entries: entries.map(|e| Entry::parse(&e)),
        })
    }

    /// Returns whether there is a protective entry, so that the drive has a GPT.
    #[must_use]
    pub fn is_protective(&self) -> bool {
        self.entries.iter().any(|entry| entry.partition_type == GPT_PROTECTIVE)
    }

    /// Returns the active partition. `drive_sectors` is the size of the drive, if the firmware reports it; the partition may
    /// end one sector after it ([`Partition::ends_past`]).
    ///
    /// # Errors
    /// None or more than one is active, or the active one isn't a valid FAT partition of this drive.
    pub fn boot_partition(&self, drive_sectors: Option<u64>) -> Result<Partition, MbrError> {
        let mut active = None;
        for (index, entry) in (0u8..).zip(&self.entries) {
            match (entry.status, active) {
                (INACTIVE, _) => {}
                (ACTIVE, _) if entry.partition_type == GPT_PROTECTIVE => {}
                (ACTIVE, None) => active = Some((index, entry)),
                (ACTIVE, Some((first, _))) => return Err(MbrError::TwoActive(first, index)),
                (status, _) => return Err(MbrError::Status { index, status }),
            }
        }
        let (index, entry) = active.ok_or(MbrError::NoneActive)?;
        entry.check(index, drive_sectors)
    }
}

impl Entry {
    /// Returns the partition, if it is a valid FAT partition of a drive of `drive_sectors`.
    fn check(&self, index: u8, drive_sectors: Option<u64>) -> Result<Partition, MbrError> {
        let Self { partition_type, .. } = *self;
        if !FAT_TYPES.contains(&partition_type) {
            return Err(MbrError::NotFat { index, partition_type });
        }
        let (start_lba, sector_count) = (u64::from(self.start_lba), u64::from(self.sector_count));
        if start_lba == 0 || sector_count == 0 {
            return Err(MbrError::Empty { index, start_lba, sector_count });
        }
        let end = start_lba + sector_count;
        match drive_sectors {
            Some(drive_sectors) if end > drive_sectors.saturating_add(MAX_SECTORS_MISSING) => {
                Err(MbrError::PastDriveEnd { index, end, drive_sectors })
            }
            _ => Ok(Partition { index, partition_type, start_lba, sector_count }),
        }
    }
}

/// Why no partition can be booted. Indices count from 0; the text counts from 1, as partition tools do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MbrError {
    /// The table has only this many bytes, not a sector.
    Truncated(usize),
    /// The sector ends in these two bytes (the first one is the most significant), not in 55 AA.
    Signature(u16),
    /// No entry is active.
    NoneActive,
    /// These two entries are active.
    TwoActive(u8, u8),
    /// An entry's status byte is neither 00 nor 80.
    Status {
        /// Which entry.
        index: u8,
        /// Its status byte.
        status: u8,
    },
    /// The active partition's type isn't one of FAT's.
    NotFat {
        /// Which entry.
        index: u8,
        /// Its type byte.
        partition_type: u8,
    },
    /// The active partition begins at sector 0, or has no sectors.
    Empty {
        /// Which entry.
        index: u8,
        /// First sector.
        start_lba: u64,
        /// Sectors.
        sector_count: u64,
    },
    /// The active partition is longer than the drive.
    PastDriveEnd {
        /// Which entry.
        index: u8,
        /// The sector after the partition's last one.
        end: u64,
        /// Sectors of the drive.
        drive_sectors: u64,
    },
}

impl fmt::Display for MbrError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Truncated(length) => write!(f, "{length} bytes of partition table, not 512"),
            Self::Signature(found) => write!(f, "no partition table: sector 0 ends in {found:04X}, not 55AA"),
            Self::NoneActive => f.write_str("no partition is active: set the boot flag of the one to boot"),
            Self::TwoActive(first, second) => {
                write!(
                    f,
                    "partitions {} and {} are both active: leave the boot flag to one",
                    first + 1,
                    second + 1
                )
            }
            Self::Status { index, status } => {
                write!(f, "partition {} has status {status:#04x}, neither 0x00 nor 0x80", index + 1)
            }
            Self::NotFat { index, partition_type } => {
                write!(f, "partition {} has type {partition_type:#04x}, which isn't FAT", index + 1)
            }
            Self::Empty { index, start_lba, sector_count } => {
                write!(f, "partition {} has {sector_count} sectors from sector {start_lba}", index + 1)
            }
            Self::PastDriveEnd { index, end, drive_sectors } => write!(
                f,
                "partition {} ends at sector {end}, the drive at {drive_sectors}: was the image cut short?",
                index + 1
            ),
        }
    }
}

impl core::error::Error for MbrError {}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns a boot sector with these entries: status, type, first sector, number of sectors.
    fn sector(entries: &[(u8, u8, u32, u32)]) -> [u8; 512] {
        let mut sector = [0; 512];
        sector[440..444].copy_from_slice(&0x1234_5678u32.to_le_bytes());
        for (entry, (status, partition_type, start, count)) in sector[446..510].chunks_mut(16).zip(entries) {
            entry[0] = *status;
            entry[4] = *partition_type;
            entry[8..12].copy_from_slice(&start.to_le_bytes());
            entry[12..16].copy_from_slice(&count.to_le_bytes());
        }
        sector[510..].copy_from_slice(&[0x55, 0xAA]);
        sector
    }

    fn boot_partition(entries: &[(u8, u8, u32, u32)]) -> Result<Partition, MbrError> {
        PartitionTable::parse(&sector(entries))?.boot_partition(Some(100_000))
    }

    #[test]
    fn the_one_active_entry_is_booted() {
        let entries = [(0, 0x83, 1, 10), (0, 0, 0, 0), (0x80, 0x0C, 2048, 97_952)];
        let partition = Partition { index: 2, partition_type: 0x0C, start_lba: 2048, sector_count: 97_952 };
        assert_eq!(boot_partition(&entries), Ok(partition));
        assert_eq!(PartitionTable::parse(&sector(&entries)).unwrap().disk_signature, 0x1234_5678);
    }

    #[test]
    fn the_fields_have_the_offsets_of_the_specification() {
        let mut sector = [0; 512];
        sector[440..446].copy_from_slice(&[0x0D, 0xF0, 0xFE, 0xCA, 0x00, 0x00]);
        // 1 MiB is cylinder 0, head 32, sector 33 of a drive with 255 heads of 63 sectors.
        let entry = [0x80, 0x20, 0x21, 0x00, 0x0E, 0x02, 0x29, 0x02, 0x00, 0x08, 0, 0, 0x00, 0x78, 0, 0];
        sector[446..462].copy_from_slice(&entry);
        sector[510..].copy_from_slice(&[0x55, 0xAA]);
        let table = PartitionTable::parse(&sector).unwrap();
        assert_eq!(table.disk_signature, 0xCAFE_F00D);
        let partition = Partition { index: 0, partition_type: 0x0E, start_lba: 2048, sector_count: 30_720 };
        assert_eq!(table.boot_partition(None), Ok(partition));
    }

    #[test]
    fn all_types_of_fat_are_accepted_and_no_others() {
        let accepted = (0..=u8::MAX).filter(|kind| boot_partition(&[(0x80, *kind, 1, 1)]).is_ok());
        assert_eq!(accepted.collect::<Vec<_>>(), [0x01, 0x04, 0x06, 0x0B, 0x0C, 0x0E, 0xEF]);
    }

    #[test]
    fn an_active_protective_entry_is_ignored() {
        let gpt_alone = sector(&[(0x80, 0xEE, 1, 9)]);
        let table = PartitionTable::parse(&gpt_alone).unwrap();
        assert!(table.is_protective());
        assert_eq!(table.boot_partition(None), Err(MbrError::NoneActive));
        let hybrid = [(0x80, 0xEE, 1, 9), (0x80, 0x0C, 10, 20)];
        assert_eq!(boot_partition(&hybrid).unwrap().start_lba, 10);
        assert!(!PartitionTable::parse(&sector(&[(0x80, 0x0C, 10, 20)])).unwrap().is_protective());
    }

    #[test]
    fn a_table_without_exactly_one_active_entry_is_rejected() {
        assert_eq!(boot_partition(&[(0, 0x0C, 1, 1)]), Err(MbrError::NoneActive));
        assert_eq!(
            boot_partition(&[(0x80, 6, 1, 1), (0, 0, 0, 0), (0x80, 6, 2, 1)]),
            Err(MbrError::TwoActive(0, 2))
        );
        assert_eq!(
            boot_partition(&[(0, 0, 0, 0), (0x7F, 6, 1, 1)]),
            Err(MbrError::Status { index: 1, status: 0x7F })
        );
    }

    #[test]
    fn an_invalid_active_partition_is_rejected() {
        let end = MbrError::PastDriveEnd { index: 0, end: 100_002, drive_sectors: 100_000 };
        assert_eq!(boot_partition(&[(0x80, 6, 2, 100_000)]), Err(end));
        let no_sectors = MbrError::Empty { index: 0, start_lba: 5, sector_count: 0 };
        assert_eq!(boot_partition(&[(0x80, 6, 5, 0)]), Err(no_sectors));
        assert!(matches!(boot_partition(&[(0x80, 6, 0, 9)]), Err(MbrError::Empty { start_lba: 0, .. })));
        let huge = PartitionTable::parse(&sector(&[(0x80, 6, u32::MAX, u32::MAX)])).unwrap();
        assert!(huge.boot_partition(Some(u64::from(u32::MAX))).is_err());
        assert!(huge.boot_partition(None).is_ok(), "without the drive's size, the end isn't checked");
    }

    #[test]
    fn a_drive_that_reports_one_sector_less_is_accepted_and_detected() {
        let longer = boot_partition(&[(0x80, 6, 1, 100_000)]).unwrap();
        assert_eq!((longer.end_lba(), longer.ends_past(100_000)), (100_001, true));
        let fitting = boot_partition(&[(0x80, 6, 1, 99_999)]).unwrap();
        assert!(!fitting.ends_past(100_000));
    }

    #[test]
    fn errors_contain_what_was_found() {
        let mut sector = sector(&[]);
        sector[511] = 0;
        let error = PartitionTable::parse(&sector).unwrap_err();
        assert_eq!(error.to_string(), "no partition table: sector 0 ends in 5500, not 55AA");
        assert_eq!(PartitionTable::parse(&[0; 511]), Err(MbrError::Truncated(511)));
    }
}
