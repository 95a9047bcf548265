//! An entry of a GPT: one partition, or an unused entry.

use super::header::Header;
use super::{GptError, GptPartition, Guid};

/// Bytes of an entry that the specification defines; an entry may be longer.
pub(super) const ENTRY_SIZE: usize = 128;

/// The fields of an entry that is in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Entry {
    partition_type: Guid,
    guid: Guid,
    first: u64,
    last: u64,
}

impl Entry {
    /// Parses an entry; returns `None` for an unused one.
    pub(super) fn parse(bytes: &[u8; ENTRY_SIZE]) -> Option<Self> {
        let (partition_type, rest) = bytes.split_first_chunk()?;
        let (guid, rest) = rest.split_first_chunk()?;
        let (first, rest) = rest.split_first_chunk()?;
        let (last, _) = rest.split_first_chunk()?;
        let partition_type = Guid(*partition_type);
        (partition_type != Guid::UNUSED).then(|| Self {
            partition_type,
            guid: Guid(*guid),
            first: u64::from_le_bytes(*first),
            last: u64::from_le_bytes(*last),
        })
    }

    /// Returns the partition, if it is within the usable sectors.
    pub(super) fn check<E>(&self, index: u32, header: &Header) -> Result<GptPartition, GptError<E>> {
        let Self { partition_type, guid, first, last } = *self;
        let Header { first_usable, last_usable, .. } = *header;
        if !(first_usable <= first && first <= last && last <= last_usable) {
            return Err(GptError::Range {
                index,
                sectors: (first, last),
                usable: (first_usable, last_usable),
            });
        }
        Ok(GptPartition { index, partition_type, guid, start_lba: first, sector_count: last - first + 1 })
    }
}
