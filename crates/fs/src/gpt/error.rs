//! Why a GPT can't be used.

use core::fmt;

/// Why no partition of a GPT can be booted. Indices count from 0; the text counts from 1, as partition tools do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GptError<E> {
    /// Neither header can be used.
    NoHeader {
        /// What is wrong with the primary one.
        primary: HeaderError<E>,
        /// What is wrong with the backup in the disk's last sector; `None` if the firmware doesn't report the size of the
        /// disk.
        backup: Option<HeaderError<E>>,
    },
    /// The entries can't be read again.
    Read(HeaderError<E>),
    /// A partition outside the usable sectors.
    Range {
        /// Which entry.
        index: u32,
        /// Its first and last sector.
        sectors: (u64, u64),
        /// First and last sector that partitions may use.
        usable: (u64, u64),
    },
    /// These two partitions overlap, and one of them is the boot partition.
    Overlap(u32, u32),
    /// No entry has the type of an EFI system partition.
    NoEfiSystemPartition,
}

/// What is wrong with a header, or with its entries as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HeaderError<E> {
    /// A sector can't be read.
    Read(E),
    /// The device returned fewer bytes than it should.
    ShortRead {
        /// First sector.
        lba: u64,
        /// Number of requested sectors.
        count: u16,
    },
    /// It begins with these bytes (the first one is the most significant), not with "EFI PART".
    Signature(u64),
    /// The header has this invalid size.
    Size(u32),
    /// The header's checksum doesn't match.
    Checksum {
        /// The checksum of its bytes.
        found: u32,
        /// The checksum in the header.
        stated: u32,
    },
    /// The header contains the number of another sector.
    Lba(u64),
    /// The size of the entries is invalid, or there are too many.
    Entries {
        /// Number of entries.
        count: u32,
        /// Bytes of each entry.
        size: u32,
    },
    /// The usable sectors, first and last, overlap the entries or aren't on the disk.
    Usable(u64, u64),
    /// The checksum of the entries doesn't match.
    EntriesChecksum {
        /// The checksum of their bytes.
        found: u32,
        /// The checksum in the header.
        stated: u32,
    },
}

impl<E: fmt::Display> fmt::Display for GptError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoHeader { primary, backup: None } => {
                write!(f, "GPT: {primary}; no backup: the firmware doesn't say where the disk ends")
            }
            Self::NoHeader { primary, backup: Some(backup) } => {
                write!(f, "GPT: {primary}; the backup in the last sector: {backup}")
            }
            Self::Read(cause) => write!(f, "GPT: {cause}"),
            Self::Range { index, sectors: (first, last), usable: (from, to) } => write!(
                f,
                "GPT partition {} has sectors {first} to {last}, usable are {from} to {to}: partition again",
                index + 1
            ),
            Self::Overlap(first, second) => write!(
                f,
                "GPT partitions {} and {} share sectors: partition again",
                first + 1,
                second + 1
            ),
            Self::NoEfiSystemPartition => f.write_str(
                "no active partition, and no EFI system partition in the GPT: set the type of the one to boot",
            ),
        }
    }
}

impl<E: fmt::Display> fmt::Display for HeaderError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Read(cause) => cause.fmt(f),
            Self::ShortRead { lba, count } => write!(f, "fewer than {count} sectors came from sector {lba}"),
            Self::Signature(found) => write!(f, "no header: it begins with {found:016x}, not \"EFI PART\""),
            Self::Size(size) => write!(f, "a header of {size} bytes, not 92 to 512"),
            Self::Checksum { found, stated } => {
                write!(f, "damaged header: its checksum is {found:08x}, not {stated:08x}")
            }
            Self::Lba(lba) => write!(f, "the header belongs in sector {lba}"),
            Self::Entries { count, size } => write!(f, "{count} entries of {size} bytes"),
            Self::Usable(first, last) => {
                write!(f, "sectors {first} to {last} are for partitions, which doesn't fit entries and disk")
            }
            Self::EntriesChecksum { found, stated } => {
                write!(f, "damaged entries: their checksum is {found:08x}, not {stated:08x}")
            }
        }
    }
}

impl<E: fmt::Debug + fmt::Display> core::error::Error for GptError<E> {}
