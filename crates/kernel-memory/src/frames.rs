//! The allocator of physical frames: 4 KiB, 2 MiB, and contiguous runs.
//!
//! ```text
//! memory map   | usable              | kernel | usable    | loader |    what the loader says
//! managed      | 1111111111 0000 111 | 000000 | 1111111111| 000000 |    usable, without these words themselves
//! free         | 1101011111 0000 111 | 000000 | 1111111111| 000000 |    managed, and not allocated
//! summary      | one bit for each word of `free` that has a bit    |
//! ```
//!
//! Assumes nothing about the map: of overlapping regions, only memory that is usable in all of them is allocated. Memory
//! below 16 MiB goes last, because ISA DMA reaches nothing else. Refuses to free a frame that it doesn't manage,
//! or that is free already.

mod bits;
mod error;
mod free_set;
mod plan;
#[cfg(test)]
mod tests;

use core::ops::Range;

use farjump_api::{MemoryKind, MemoryRegion};
use farjump_x86::ISA_DMA_END;

use bits::{BITS, BitSet, masks};
pub use error::{FramesError, FreeError};
use free_set::FreeSet;
pub use plan::Plan;

use crate::{LARGE_PAGE_SIZE, PAGE_SIZE};

/// Frames in a large one.
const FRAMES_PER_LARGE: usize = (LARGE_PAGE_SIZE / PAGE_SIZE) as usize;

/// First frame that ISA DMA doesn't reach.
const FIRST_HIGH_FRAME: usize = (ISA_DMA_END / PAGE_SIZE) as usize;

/// Which frames are free. Addresses are physical, sizes in bytes unless the name mentions frames.
#[derive(Debug)]
pub struct FrameAllocator<'a> {
    map: &'a [MemoryRegion],
    storage: Range<u64>,
    managed: BitSet<'a>,
    managed_count: u64,
    free: FreeSet<'a>,
    /// In the order in which they are used.
    zones: [Zone; 2],
    has_loader_memory: bool,
}

/// Part of physical memory.
#[derive(Debug)]
struct Zone {
    start: usize,
    end: usize,
    /// No frame of the zone below this one is free.
    next: usize,
    /// No large frame of the zone below this one is free.
    next_large: usize,
}

/// How much memory there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Statistics {
    /// Frames that are allocated or free.
    pub managed: u64,
    /// Free frames.
    pub free: u64,
    /// Free large frames.
    pub free_large: u64,
    /// Frames in the longest run of free ones.
    pub longest_run: u64,
}

impl<'a> FrameAllocator<'a> {
    /// Returns an allocator over the usable memory of the plan's map. `words` are [`Plan::words`] of them, and may hold
    /// anything.
    ///
    /// # Errors
    /// [`FramesError::Words`]: their number is another.
    pub fn new(plan: Plan<'a>, words: &'a mut [u64]) -> Result<Self, FramesError> {
        if words.len() != plan.words() {
            return Err(FramesError::Words { actual: words.len(), needed: plan.words() });
        }
        words.fill(0);
        let (free, words) = words.split_at_mut(plan.set_words);
        let (managed, summary) = words.split_at_mut(plan.set_words);
        let end = plan.set_words * BITS;
        let middle = FIRST_HIGH_FRAME.min(end);
        let mut frames = Self {
            map: plan.map,
            storage: plan.storage,
            managed: BitSet { words: managed },
            managed_count: 0,
            free: FreeSet::new(free, summary),
            zones: [Zone::new(middle..end), Zone::new(0..middle)],
            has_loader_memory: false,
        };
        frames.take_over(MemoryKind::USABLE);
        Ok(frames)
    }

    /// Reclaims the loader's memory, and returns the number of bytes; zero the second time.
    pub fn reclaim_loader(&mut self) -> u64 {
        if core::mem::replace(&mut self.has_loader_memory, true) {
            return 0;
        }
        let before = self.managed_count;
        self.take_over(MemoryKind::LOADER_RECLAIMABLE);
        (self.managed_count - before) * PAGE_SIZE
    }

    /// Hands a frame out: its address.
    pub fn allocate(&mut self) -> Option<u64> {
        let free = &mut self.free;
        let frame = self.zones.iter_mut().find_map(|zone| {
            let found = free.next(zone.next..zone.end);
            zone.next = found.map_or(zone.end, |frame| frame + 1);
            found
        })?;
        free.remove_one(frame);
        Some(frame as u64 * PAGE_SIZE)
    }

    /// Hands 2 MiB out, aligned to their size: their address.
    pub fn allocate_large(&mut self) -> Option<u64> {
        let free = &mut self.free;
        let frames = self.zones.iter_mut().find_map(|zone| {
            let found = free.next_run(zone.next_large..zone.end, FRAMES_PER_LARGE, FRAMES_PER_LARGE);
            zone.next_large = found.as_ref().map_or(zone.end, |frames| frames.end);
            found
        })?;
        free.remove(frames.clone());
        Some(frames.start as u64 * PAGE_SIZE)
    }

    /// Hands out `size_bytes` of neighbouring frames, rounded up to frames and to one at least, aligned to
    /// `align` (a power of two, at least a frame), all of it below the address `below`: what a device wants.
    pub fn allocate_contiguous(&mut self, size_bytes: u64, align: u64, below: u64) -> Option<Range<u64>> {
        let count = size_bytes.max(1).div_ceil(PAGE_SIZE) as usize;
        let align = (align.max(PAGE_SIZE).checked_next_power_of_two()? / PAGE_SIZE) as usize;
        let below = (below / PAGE_SIZE) as usize;
        let (high, all) = (FIRST_HIGH_FRAME..below, 0..below);
        let run = [high, all].into_iter().find_map(|range| self.free.next_run(range, count, align))?;
        self.free.remove(run.clone());
        Some(run.start as u64 * PAGE_SIZE..run.end as u64 * PAGE_SIZE)
    }

    /// Frees frames: one, a large one, a run, or any part of an allocation.
    ///
    /// # Errors
    /// [`FreeError`] names the first frame that can't be taken back; then none is.
    pub fn free(&mut self, range: Range<u64>) -> Result<(), FreeError> {
        if range.start >= range.end || !(range.start | range.end).is_multiple_of(PAGE_SIZE) {
            return Err(FreeError::Range(range.start));
        }
        let frames = (range.start / PAGE_SIZE) as usize..(range.end / PAGE_SIZE) as usize;
        if let Some(frame) = self.managed.first_missing(frames.clone()) {
            return Err(FreeError::NotManaged(frame as u64 * PAGE_SIZE));
        }
        if let Some(frame) = self.free.frames.first_present(frames.clone()) {
            return Err(FreeError::AlreadyFree(frame as u64 * PAGE_SIZE));
        }
        self.insert(frames);
        Ok(())
    }

    /// Returns the number of frames that can be handed out.
    #[must_use]
    pub fn free_count(&self) -> u64 {
        self.free.count()
    }

    /// Returns whether the frame that `address` is in is free.
    #[must_use]
    pub fn is_free(&self, address: u64) -> bool {
        let frame = usize::try_from(address / PAGE_SIZE);
        frame.is_ok_and(|frame| self.free.frames.first_present(frame..frame + 1).is_some())
    }

    /// Counts. Looks at every word: not for each allocation.
    #[must_use]
    pub fn statistics(&self) -> Statistics {
        let (larges, _) = self.free.frames.words.as_chunks::<{ FRAMES_PER_LARGE / BITS }>();
        let is_free = |words: &&[u64; FRAMES_PER_LARGE / BITS]| words.iter().all(|word| *word == u64::MAX);
        Statistics {
            managed: self.managed_count,
            free: self.free.count(),
            free_large: larges.iter().filter(is_free).count() as u64,
            longest_run: self.free_runs().map(|run| run.len() as u64).max().unwrap_or(0),
        }
    }

    /// Runs of free frames, ascending.
    fn free_runs(&self) -> impl Iterator<Item = Range<usize>> {
        let end = self.free.frames.words.len() * BITS;
        let mut from = 0;
        core::iter::from_fn(move || {
            let start = self.free.next(from..end)?;
            from = self.free.frames.first_missing(start..end).unwrap_or(end);
            Some(start..from)
        })
    }

    /// Makes the regions of `kind` managed and free.
    fn take_over(&mut self, kind: MemoryKind) {
        for part in plan::parts_of(self.map, kind) {
            let storage = &self.storage;
            let below = part.start..part.end.min(storage.start);
            let above = part.start.max(storage.end)..part.end;
            for part in [below, above] {
                let frames = (part.start / PAGE_SIZE) as usize..(part.end / PAGE_SIZE) as usize;
                for (word, mask) in masks(frames.clone()) {
                    let bits = &mut self.managed.words[word];
                    self.managed_count += u64::from((mask & !*bits).count_ones());
                    *bits |= mask;
                }
                self.insert(frames);
            }
        }
    }

    fn insert(&mut self, frames: Range<usize>) {
        for zone in &mut self.zones {
            zone.note_free(&frames);
        }
        self.free.insert(frames);
    }
}

impl Zone {
    fn new(frames: Range<usize>) -> Self {
        Self { start: frames.start, end: frames.end, next: frames.start, next_large: frames.start }
    }

    /// These frames, of which the zone may have a part, are free again.
    fn note_free(&mut self, frames: &Range<usize>) {
        if frames.end > self.start {
            let first = frames.start.max(self.start);
            self.next = self.next.min(first);
            self.next_large = self.next_large.min(first & !(FRAMES_PER_LARGE - 1));
        }
    }
}
