//! Allocates memory for the kernel, the modules and the data that the loader passes to the kernel.
//!
//! ```text
//! 0        1 MiB             16 MiB                            4 GiB
//! |  never  |   last, <---    |   first, --->                   |  never: not mapped yet
//! ```
//!
//! Allocates from 16 MiB upwards, so that the memory that ISA DMA can reach stays free for a kernel that needs it. If
//! nothing fits there, it allocates from 16 MiB downwards to 1 MiB.

use core::ops::Range;

use farjump_api::MemoryKind;
use farjump_x86::ISA_DMA_END;

use super::{MapError, MemoryMap};
use crate::{IDENTITY_MAP_END, PAGE_SIZE};

/// End of the memory that a real-mode BIOS uses: nothing below it is allocated.
const LOW_MEMORY_END: u64 = 1 << 20;

impl MemoryMap {
    /// Allocates `size_bytes` of contiguous usable memory, marks its pages as `kind`, and returns the address.
    ///
    /// The size is rounded up to whole pages, and to one page if it is zero. The address and the end are whole pages
    /// between 1 MiB and [`IDENTITY_MAP_END`].
    ///
    /// # Errors
    /// [`MapError::OutOfMemory`], [`MapError::TooManyRegions`].
    pub fn allocate(&mut self, size_bytes: u64, kind: MemoryKind) -> Result<u64, MapError> {
        let no_memory = || MapError::OutOfMemory { asked: size_bytes, largest_free: self.largest_free() };
        let size = size_bytes.max(1).checked_next_multiple_of(PAGE_SIZE).ok_or_else(no_memory)?;
        let fit = self.lowest_fit(size).or_else(|| self.highest_fit(size));
        let start = fit.ok_or_else(no_memory)?;
        self.mark(start..start + size, kind)?;
        Ok(start)
    }

    /// Returns the lowest address from [`ISA_DMA_END`] on with `size` free bytes.
    fn lowest_fit(&self, size: u64) -> Option<u64> {
        self.free_runs().find_map(|run| {
            let start = run.start.max(ISA_DMA_END);
            (start.checked_add(size)? <= run.end).then_some(start)
        })
    }

    /// Returns the highest address with `size` free bytes. If there is no [`lowest_fit`](Self::lowest_fit), these are below
    /// [`ISA_DMA_END`] or cross it.
    fn highest_fit(&self, size: u64) -> Option<u64> {
        self.free_runs().rev().find_map(|run| {
            let start = run.end.checked_sub(size)?;
            (start >= run.start).then_some(start)
        })
    }

    /// Returns the bytes of the largest run that could be allocated.
    fn largest_free(&self) -> u64 {
        self.free_runs().map(|run| run.end - run.start).max().unwrap_or(0)
    }

    /// Returns the runs of memory that may be allocated, in ascending order, none of them empty.
    fn free_runs(&self) -> impl DoubleEndedIterator<Item = Range<u64>> {
        let usable = self.regions().iter().filter(|region| region.kind == MemoryKind::USABLE);
        usable
            .map(|region| region.start.max(LOW_MEMORY_END)..region.end.min(IDENTITY_MAP_END))
            .filter(|run| !run.is_empty())
    }
}
