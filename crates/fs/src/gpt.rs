//! The GUID partition table, in which the boot partition is found if the MBR doesn't tell.
//!
//! ```text
//! LBA 0            protective MBR
//! LBA 1            primary header: the location of its entries, their checksum, its own checksum
//! LBA 2            entries, usually 16 KiB: type GUID, GUID, first and last sector, attributes, name
//!                  partitions
//! last - 32        the backup's entries
//! last             backup header
//! ```
//!
//! If the primary header or its entries can't be read or don't match their checksums, the backup is used, and this is
//! reported. Partitions outside the usable sectors are an error, and so is a boot partition that overlaps another one.
//!
//! Source: UEFI Specification 2.10, chapter 5, "GUID Partition Table (GPT) Disk Layout".

mod crc32;
mod entry;
mod error;
mod guid;
mod header;

use crate::BlockDevice;
use crate::block::{SECTOR_SIZE, sectors_per_read};
pub use crc32::CRC32_POLYNOMIAL;
use crc32::Crc32;
use entry::{ENTRY_SIZE, Entry};
use header::Header;

pub use error::{GptError, HeaderError};
pub use guid::Guid;

/// Sector of the primary header.
const PRIMARY_LBA: u64 = 1;

/// A GPT whose header and entries match their checksums.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gpt<E> {
    header: Header,
    primary_fault: Option<HeaderError<E>>,
}

/// A partition of a GPT.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GptPartition {
    /// Its index in the table, counted from 0; partition tools count from 1.
    pub index: u32,
    /// Its purpose.
    pub partition_type: Guid,
    /// Its unique identifier.
    pub guid: Guid,
    /// First sector, counted from the start of the disk.
    pub start_lba: u64,
    /// Number of sectors.
    pub sector_count: u64,
}

impl<E: Copy> Gpt<E> {
    /// Reads the primary header, or else the backup, and verifies the checksums of header and entries.
    ///
    /// # Errors
    /// [`GptError::NoHeader`].
    pub fn read<R: BlockDevice<Error = E>>(reader: &mut R) -> Result<Self, GptError<E>> {
        let primary = match read_whole(reader, PRIMARY_LBA) {
            Ok(header) => return Ok(Self { header, primary_fault: None }),
            Err(fault) => fault,
        };
        let Some(last) = reader.sectors().and_then(|sectors| sectors.checked_sub(1)) else {
            return Err(GptError::NoHeader { primary, backup: None });
        };
        match read_whole(reader, last) {
            Ok(header) => Ok(Self { header, primary_fault: Some(primary) }),
            Err(fault) => Err(GptError::NoHeader { primary, backup: Some(fault) }),
        }
    }

    /// Returns why the backup is used, if it is.
    #[must_use]
    pub const fn primary_fault(&self) -> Option<HeaderError<E>> {
        self.primary_fault
    }

    /// Returns the unique identifier of the disk.
    #[must_use]
    pub const fn disk_guid(&self) -> Guid {
        self.header.disk_guid
    }

    /// Calls `visit` with each partition, in the table's order.
    ///
    /// # Errors
    /// [`GptError::Read`]; [`GptError::Range`] for the first partition outside the usable sectors.
    pub fn for_each_partition<R: BlockDevice<Error = E>>(
        &self,
        reader: &mut R,
        mut visit: impl FnMut(&GptPartition),
    ) -> Result<(), GptError<E>> {
        let mut block = 0;
        let mut chunks = EntryChunks::of(&self.header);
        while let Some(bytes) = chunks.next(reader).map_err(GptError::Read)? {
            for fields in bytes.as_chunks::<ENTRY_SIZE>().0 {
                let (index, rest) =
                    (block / self.header.blocks_per_entry(), block % self.header.blocks_per_entry());
                block += 1;
                let Some(entry) = Entry::parse(fields).filter(|_| rest == 0) else { continue };
                visit(&entry.check(index, &self.header)?);
            }
        }
        Ok(())
    }

    /// Returns the EFI system partition; the first one if there are several.
    ///
    /// # Errors
    /// There is none; it overlaps another partition; any partition is outside the usable sectors.
    pub fn efi_system_partition<R: BlockDevice<Error = E>>(
        &self,
        reader: &mut R,
    ) -> Result<GptPartition, GptError<E>> {
        let (mut found, mut other) = (None::<GptPartition>, None);
        // The first pass finds the partition; the second one also compares it with the partitions before it.
        for _ in 0..2 {
            self.for_each_partition(reader, |partition| match &found {
                Some(found) if partition.index == found.index => {}
                Some(found) if partition.overlaps(found) => other = other.or(Some(partition.index)),
                None if partition.partition_type == Guid::EFI_SYSTEM_PARTITION => found = Some(*partition),
                _ => {}
            })?;
        }
        let found = found.ok_or(GptError::NoEfiSystemPartition)?;
        match other {
            None => Ok(found),
            Some(other) => Err(GptError::Overlap(found.index.min(other), found.index.max(other))),
        }
    }
}

impl GptPartition {
    fn overlaps(&self, other: &Self) -> bool {
        self.start_lba < other.start_lba + other.sector_count
            && other.start_lba < self.start_lba + self.sector_count
    }
}

/// Reads the header at `lba`, and verifies the checksums of the header and its entries.
fn read_whole<R: BlockDevice>(reader: &mut R, lba: u64) -> Result<Header, HeaderError<R::Error>> {
    let disk_sectors = reader.sectors();
    let sector = read_sectors(reader, lba, 1)?;
    let header = Header::parse(sector, lba, disk_sectors)?;
    let mut digest = Crc32::new();
    let mut chunks = EntryChunks::of(&header);
    while let Some(bytes) = chunks.next(reader)? {
        digest.update(bytes);
    }
    let found = digest.finish();
    if found == header.entries_crc32 {
        Ok(header)
    } else {
        Err(HeaderError::EntriesChecksum { found, stated: header.entries_crc32 })
    }
}

/// The bytes of all entries, in chunks of whole sectors. The last chunk may end within a sector.
struct EntryChunks {
    lba: u64,
    left: u64,
}

impl EntryChunks {
    fn of(header: &Header) -> Self {
        Self { lba: header.entries_lba, left: header.entries_bytes() }
    }

    /// Returns the next chunk; `None` at the end.
    #[inline(never)] // a second copy would make a loader larger
    fn next<'r, R: BlockDevice>(
        &mut self,
        reader: &'r mut R,
    ) -> Result<Option<&'r [u8]>, HeaderError<R::Error>> {
        if self.left == 0 {
            return Ok(None);
        }
        let count = sectors_per_read(reader, self.left.div_ceil(SECTOR_SIZE as u64));
        let bytes = read_sectors(reader, self.lba, count)?;
        let bytes = usize::try_from(self.left).ok().and_then(|left| bytes.get(..left)).unwrap_or(bytes);
        self.lba += u64::from(count);
        self.left -= bytes.len() as u64;
        Ok(Some(bytes))
    }
}

fn read_sectors<R: BlockDevice>(
    reader: &mut R,
    lba: u64,
    count: u16,
) -> Result<&[u8], HeaderError<R::Error>> {
    let bytes = reader.read(lba, count).map_err(HeaderError::Read)?;
    bytes.get(..usize::from(count) * SECTOR_SIZE).ok_or(HeaderError::ShortRead { lba, count })
}

#[cfg(test)]
mod tests;
