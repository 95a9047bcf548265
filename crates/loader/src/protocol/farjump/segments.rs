//! The table of a kernel's segments: what the kernel gets, and what the loader looks addresses up in.

use core::cell::Cell;
use core::ops::Range;

use farjump_api::KernelSegment;

/// Bytes of an entry.
const ENTRY_SIZE: usize = size_of::<KernelSegment>();

/// The segments that were loaded, ascending in virtual memory.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Segments<'m> {
    table: &'m [u8],
    /// Physical address of the table.
    address: u64,
}

impl<'m> Segments<'m> {
    /// The segments in `table`, which is at the physical address `address`.
    pub(crate) const fn new(table: &'m [u8], address: u64) -> Self {
        Self { table, address }
    }

    /// Bytes of a table for `count` segments.
    pub(crate) const fn table_size(count: usize) -> usize {
        count * ENTRY_SIZE
    }

    /// Physical address and number of the entries.
    pub(crate) const fn place(&self) -> (u64, u64) {
        (self.address, (self.table.len() / ENTRY_SIZE) as u64)
    }

    /// Each segment.
    pub(crate) fn iter(self) -> impl Iterator<Item = KernelSegment> + Clone + use<'m> {
        self.table.as_chunks().0.iter().map(KernelSegment::from_bytes)
    }

    fn get(&self, index: usize) -> Option<KernelSegment> {
        self.table.as_chunks().0.get(index).map(KernelSegment::from_bytes)
    }
}

/// From virtual to physical addresses.
#[derive(Debug)]
pub(super) struct Lookup<'m> {
    segments: Segments<'m>,
    /// The segment that was used last is nearly always the next one, too.
    last: Cell<usize>,
}

impl<'m> Lookup<'m> {
    pub(super) const fn new(segments: Segments<'m>) -> Self {
        Self { segments, last: Cell::new(0) }
    }

    /// Physical addresses of `len` bytes that lie in one segment.
    pub(super) fn physical(&self, virtual_address: u64, len: u64) -> Option<Range<u64>> {
        let within = |segment: KernelSegment| {
            let offset = virtual_address.checked_sub(segment.virtual_address)?;
            let start = segment.physical_address + offset;
            (offset.checked_add(len)? <= segment.size).then(|| start..start + len)
        };
        if let Some(place) = self.segments.get(self.last.get()).and_then(within) {
            return Some(place);
        }
        let mut segments = self.segments.iter().enumerate();
        let (index, place) = segments.find_map(|(index, segment)| Some((index, within(segment)?)))?;
        self.last.set(index);
        Some(place)
    }
}
