//! Which parts of a memory map can be allocated, and where the allocator's own words go.

use core::ops::Range;

use farjump_api::{MemoryKind, MemoryRegion};
use farjump_x86::ISA_DMA_END;
use farjump_x86::paging::PHYSICAL_END;

use super::{BITS, FRAMES_PER_LARGE, FramesError};
use crate::PAGE_SIZE;

/// How large an allocator for a memory map is, and where it goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan<'a> {
    pub(super) map: &'a [MemoryRegion],
    /// Usable memory, in whole frames, that the allocator's words take: they are never allocated.
    pub storage: Range<u64>,
    /// Words of each set of frames.
    pub(super) set_words: usize,
}

impl<'a> Plan<'a> {
    /// Looks for room for the allocator: from 16 MiB upwards first, as the loader does, so that memory
    /// which ISA DMA reaches stays free.
    ///
    /// # Errors
    /// [`FramesError::NoRoom`]: nothing usable is large enough; [`FramesError::NoUsableMemory`].
    pub fn new(map: &'a [MemoryRegion]) -> Result<Self, FramesError> {
        let parts = || {
            let kinds = [MemoryKind::USABLE, MemoryKind::LOADER_RECLAIMABLE];
            kinds.into_iter().flat_map(|kind| parts_of(map, kind))
        };
        let end = parts().map(|part| part.end).max().ok_or(FramesError::NoUsableMemory)?;
        let set_words = ((end / PAGE_SIZE) as usize).div_ceil(BITS).next_multiple_of(FRAMES_PER_LARGE / BITS);
        let words = Self { map, storage: 0..0, set_words }.words() as u64;
        let size = (words * size_of::<u64>() as u64).next_multiple_of(PAGE_SIZE);
        let high = parts_of(map, MemoryKind::USABLE).map(|part| part.start.max(ISA_DMA_END)..part.end);
        let low = parts_of(map, MemoryKind::USABLE).map(|part| part.start..part.end.min(ISA_DMA_END));
        let fits = |part: &Range<u64>| part.end.saturating_sub(part.start) >= size;
        let start = high.chain(low).find(fits).ok_or(FramesError::NoRoom(size))?.start;
        Ok(Self { map, storage: start..start + size, set_words })
    }

    /// Words that the allocator needs: free frames, managed frames, the summary.
    #[must_use]
    pub fn words(&self) -> usize {
        2 * self.set_words + self.set_words.div_ceil(BITS)
    }
}

/// Returns the parts of the regions of `kind`, in whole frames, that no region of another kind overlaps.
pub(super) fn parts_of(map: &[MemoryRegion], kind: MemoryKind) -> impl Iterator<Item = Range<u64>> {
    let regions = map.iter().filter(move |region| region.kind == kind && region.end <= PHYSICAL_END);
    regions.flat_map(move |region| {
        let mut rest = region.range();
        core::iter::from_fn(move || next_part(map, kind, &mut rest))
    })
}

/// Takes the first part off `rest`.
fn next_part(map: &[MemoryRegion], kind: MemoryKind, rest: &mut Range<u64>) -> Option<Range<u64>> {
    while rest.start < rest.end {
        let others = map.iter().filter(|other| other.kind != kind && other.start < other.end);
        let overlapping = others.filter(|other| other.start < rest.end && rest.start < other.end);
        let blocker =
            overlapping.min_by_key(|other| other.start).map_or(rest.end..rest.end, MemoryRegion::range);
        let part = rest.start.next_multiple_of(PAGE_SIZE)..blocker.start & !(PAGE_SIZE - 1);
        rest.start = blocker.end;
        if part.start < part.end {
            return Some(part);
        }
    }
    None
}
