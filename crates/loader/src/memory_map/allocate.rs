//! Taking memory for the kernel, the modules and what the loader leaves behind.
//!
//! ```text
//! 0        1 MiB             16 MiB                            4 GiB
//! |  never  |   last, <---    |   first, --->                   |  never: not mapped yet
//! ```
//!
//! From 16 MiB upwards, so that memory which ISA DMA reaches stays free for a kernel that needs it; only
//! when nothing fits there, from the top of what is left down to 1 MiB.

use core::ops::Range;

use farjump_api::MemoryKind;
use farjump_x86::ISA_DMA_END;

use super::{MapError, MemoryMap};
use crate::{IDENTITY_MAP_END, PAGE_SIZE};

/// End of the memory that a real-mode BIOS uses: nothing is taken below it.
const LOW_MEMORY_END: u64 = 1 << 20;

impl MemoryMap {
    /// Takes `size_bytes` of contiguous usable memory, marks its pages as `kind`, and gives the address.
    ///
    /// The size is rounded up to whole pages, and to one page if it is zero. The address and the end are whole pages
    /// between 1 MiB and [`IDENTITY_MAP_END`].
    ///
    /// # Errors
    /// [`MapError::OutOfMemory`], [`MapError::TooManyRegions`].
    pub fn allocate(&mut self, size_bytes: u64, kind: MemoryKind) -> Result<u64, MapError> {
        let no_memory = || MapError::OutOfMemory { asked: size_bytes, largest_free: self.largest_free() };
        let size = size_bytes.max(1).checked_next_multiple_of(PAGE_SIZE).ok_or_else(no_memory)?;
        let place = self.lowest_fit(size).or_else(|| self.highest_fit(size));
        let start = place.ok_or_else(no_memory)?;
        self.mark(start..start + size, kind)?;
        Ok(start)
    }

    /// The lowest free place from [`ISA_DMA_END`] on.
    fn lowest_fit(&self, size: u64) -> Option<u64> {
        self.free_runs().find_map(|run| {
            let start = run.start.max(ISA_DMA_END);
            (start.checked_add(size)? <= run.end).then_some(start)
        })
    }

    /// The highest free place of all. It is below [`ISA_DMA_END`], or crosses it, when there is no
    /// [`lowest_fit`](Self::lowest_fit).
    fn highest_fit(&self, size: u64) -> Option<u64> {
        self.free_runs().rev().find_map(|run| {
            let start = run.end.checked_sub(size)?;
            (start >= run.start).then_some(start)
        })
    }

    /// Bytes of the largest run that could be taken.
    fn largest_free(&self) -> u64 {
        self.free_runs().map(|run| run.end - run.start).max().unwrap_or(0)
    }

    /// Usable memory that may be taken, ascending, not empty.
    fn free_runs(&self) -> impl DoubleEndedIterator<Item = Range<u64>> {
        let usable = self.regions().iter().filter(|region| region.kind == MemoryKind::USABLE);
        usable
            .map(|region| region.start.max(LOW_MEMORY_END)..region.end.min(IDENTITY_MAP_END))
            .filter(|run| !run.is_empty())
    }
}
