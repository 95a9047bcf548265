//! Directories: visits their entries one after the other.
//!
//! A directory of more than 65,536 entries is an error, because FAT allows no more. This also detects a directory whose
//! chain of clusters is circular.

use core::ops::ControlFlow;

use super::boot_sector::Root;
use super::name::{LongName, MAX_NAME_BYTES, ShortName, is_name, long_chars, write_name};
use super::{ChainError, FatError, FatType, Volume, read_sectors, sectors_per_read};
use crate::BlockDevice;

/// The maximum number of entries in a directory. Source: Microsoft FAT 1.03, "FAT Directory Structure": 2 MiB.
const MAX_ENTRIES: u32 = 65_536;

/// Number of sectors read at once: most directories end in the first few, even if clusters are large.
const SECTORS_AT_ONCE: u64 = 4;

/// The location of a directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Directory {
    /// In the sectors that FAT12 and FAT16 have for the root directory.
    FixedRoot,
    /// In the chain of clusters that begins with this one.
    Chain(u32),
}

/// The attribute byte of an entry.
///
/// Source: Microsoft FAT 1.03, "FAT Directory Structure", DIR_Attr.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attributes(pub(super) u8);

impl Attributes {
    const READ_ONLY: u8 = 0x01;
    const HIDDEN: u8 = 0x02;
    const SYSTEM: u8 = 0x04;
    const VOLUME_LABEL: u8 = 0x08;
    const DIRECTORY: u8 = 0x10;
    const ARCHIVE: u8 = 0x20;
    /// All bits that aren't reserved.
    const ALL: u8 = 0x3F;
    /// A part of a long name. No other entry has this combination.
    const LONG_NAME: u8 = 0x0F;

    /// Returns whether it must not be written.
    #[must_use]
    pub const fn is_read_only(self) -> bool {
        self.0 & Self::READ_ONLY != 0
    }

    /// Returns whether listings omit it.
    #[must_use]
    pub const fn is_hidden(self) -> bool {
        self.0 & Self::HIDDEN != 0
    }

    /// Returns whether it belongs to an operating system.
    #[must_use]
    pub const fn is_system(self) -> bool {
        self.0 & Self::SYSTEM != 0
    }

    /// Returns whether it is a directory.
    #[must_use]
    pub const fn is_directory(self) -> bool {
        self.0 & Self::DIRECTORY != 0
    }

    /// Returns whether it was changed since the last backup.
    #[must_use]
    pub const fn is_archive(self) -> bool {
        self.0 & Self::ARCHIVE != 0
    }
}

/// A file or directory in a directory.
#[derive(Debug)]
pub(super) struct Entry<'a> {
    long: Option<&'a [u16]>,
    short: ShortName,
    pub(super) attributes: Attributes,
    pub(super) first_cluster: u32,
    pub(super) size: u32,
}

impl Entry<'_> {
    /// Returns whether its long name or its short one is `name`.
    pub(super) fn is_named(&self, name: &str) -> bool {
        self.long.is_some_and(|long| is_name(&mut long_chars(long), name))
            || is_name(&mut self.short.chars(), name)
    }

    /// Returns the long name if there is one, else the short one.
    pub(super) fn name<'b>(&self, buffer: &'b mut [u8; MAX_NAME_BYTES]) -> &'b str {
        match self.long {
            Some(long) => write_name(&mut long_chars(long), buffer),
            None => write_name(&mut self.short.chars(), buffer),
        }
    }

    /// Returns whether it is one of the two entries at the start of a directory: `.` or `..`.
    pub(super) fn is_dots(&self) -> bool {
        self.short.is_dots()
    }
}

/// The meaning of a directory's next 32 bytes.
enum Step<'a> {
    /// No complete entry.
    Skip,
    /// The end of the directory.
    End,
    Entry(Entry<'a>),
}

/// Assembles entries from a directory's bytes.
struct EntryParser {
    fat_type: FatType,
    long_name: LongName,
    entries_left: u32,
}

impl EntryParser {
    fn take(&mut self, raw: &[u8; 32]) -> Result<Step<'_>, ChainError> {
        const DELETED: u8 = 0xE5;
        self.entries_left = self.entries_left.checked_sub(1).ok_or(ChainError::EndlessDirectory)?;
        let attributes = Attributes(raw[11] & Attributes::ALL);
        match raw[0] {
            0 => return Ok(Step::End),
            DELETED => self.long_name.clear(),
            _ if attributes.0 == Attributes::LONG_NAME => self.long_name.add(raw),
            _ if attributes.0 & Attributes::VOLUME_LABEL != 0 => self.long_name.clear(),
            _ => return Ok(Step::Entry(self.entry(raw, attributes))),
        }
        Ok(Step::Skip)
    }

    /// Returns the entry whose short name is in `raw`.
    fn entry(&mut self, raw: &[u8; 32], attributes: Attributes) -> Entry<'_> {
        let u16_at = |offset: usize| u32::from(u16::from_le_bytes([raw[offset], raw[offset + 1]]));
        let high = if self.fat_type == FatType::Fat32 { u16_at(20) } else { 0 };
        let short = ShortName::new(raw);
        let long = self.long_name.complete(&short);
        Entry {
            long,
            short,
            attributes,
            first_cluster: high << 16 | u16_at(26),
            size: u16_at(28) | u16_at(30) << 16,
        }
    }
}

impl Volume {
    /// Visits a directory's entries until `visit` returns [`ControlFlow::Break`], or the directory ends.
    ///
    /// `visit` is a trait object, so that a loader contains only one copy of this function.
    pub(super) fn visit_entries<R: BlockDevice>(
        &mut self,
        reader: &mut R,
        directory: Directory,
        visit: &mut dyn FnMut(&Entry<'_>) -> ControlFlow<()>,
    ) -> Result<(), FatError<R::Error>> {
        let fat_type = self.geometry.fat_type;
        let mut parser = EntryParser { fat_type, long_name: LongName::new(), entries_left: MAX_ENTRIES };
        let mut cluster = match directory {
            Directory::FixedRoot => None,
            Directory::Chain(cluster) => Some(cluster),
        };
        loop {
            let (mut lba, mut sectors) = self.extent(cluster)?;
            while sectors > 0 {
                let count = sectors_per_read(reader, sectors.min(SECTORS_AT_ONCE));
                for raw in read_sectors(reader, lba, count)?.as_chunks().0 {
                    match parser.take(raw)? {
                        Step::Skip => {}
                        Step::End => return Ok(()),
                        Step::Entry(entry) => {
                            if visit(&entry).is_break() {
                                return Ok(());
                            }
                            parser.long_name.clear();
                        }
                    }
                }
                lba += u64::from(count);
                sectors -= u64::from(count);
            }
            let Some(current) = cluster else { return Ok(()) };
            cluster = self.table.next(reader, current)?;
            if cluster.is_none() {
                return Ok(());
            }
        }
    }

    /// Returns the first sector and the number of sectors of a directory's cluster, or of the root of FAT12 and FAT16.
    fn extent(&self, cluster: Option<u32>) -> Result<(u64, u64), ChainError> {
        let limit = self.geometry.cluster_limit;
        match (cluster, self.geometry.root) {
            (Some(cluster), _) if (2..limit).contains(&cluster) => {
                Ok((self.geometry.cluster_lba(cluster), self.geometry.cluster_sectors()))
            }
            (None, Root::Fixed { lba, sectors }) => Ok((lba, sectors)),
            (cluster, _) => Err(ChainError::OutOfRange { cluster: cluster.unwrap_or_default(), limit }),
        }
    }
}
