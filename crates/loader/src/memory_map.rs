//! The memory map: the kind of each page of physical memory, and which pages the loader allocates.
//!
//! ```text
//! firmware   |-- usable -----------------------|
//!                    |-- reserved --|                 the more restrictive kind wins
//! map        | usable | reserved    | usable   |      ascending, disjoint, whole pages
//! allocated  | usable | reserved    | us | KER |      by `mark` and `allocate`
//! ```
//!
//! Assumes nothing about the firmware's list: its entries may be unsorted, overlapping or unaligned, and wrap around.
//! More than [`MAX_REGIONS`] regions are an error, and so is a list without usable memory.

mod allocate;
mod firmware;

use core::fmt;
use core::ops::Range;

use farjump_api::{MemoryKind, MemoryRegion};
use farjump_x86::paging::PHYSICAL_END;

pub use firmware::{FirmwareRegion, regions_from_e801, regions_from_int15_88};

use crate::PAGE_SIZE;

/// The maximum number of regions in a map. In the worst case, 512 entries of the firmware result in 1023 regions; the rest
/// is for the loader's own.
pub const MAX_REGIONS: usize = 1152;

/// Interrupt vectors and the BIOS data area: never allocated, whatever the firmware reports.
const FIRST_PAGE: Range<u64> = 0..PAGE_SIZE;

/// Regions that ascend, are disjoint, consist of whole pages, and whose neighbours differ in kind.
///
/// Contains an array of [`MAX_REGIONS`], about 27 KiB, so it should be a `static`.
#[derive(Debug, Clone)]
pub struct MemoryMap {
    regions: [MemoryRegion; MAX_REGIONS],
    count: usize,
}

impl MemoryMap {
    /// Returns an empty map.
    #[must_use]
    pub const fn new() -> Self {
        const EMPTY: MemoryRegion = MemoryRegion::new(0..0, MemoryKind(0));
        Self { regions: [EMPTY; MAX_REGIONS], count: 0 }
    }

    /// Returns all regions, in ascending order.
    #[must_use]
    pub fn regions(&self) -> &[MemoryRegion] {
        &self.regions[..self.count]
    }

    /// Sets the kind of `range` to `kind`, whatever it was. Usable memory is rounded inwards to whole pages, all other
    /// kinds outwards; addresses past 2^52 are left out.
    ///
    /// # Errors
    /// [`MapError::TooManyRegions`].
    pub fn mark(&mut self, range: Range<u64>, kind: MemoryKind) -> Result<(), MapError> {
        let range = whole_pages(range, kind);
        if range.is_empty() {
            return Ok(());
        }
        let (first, last) = self.touching(&range);
        let mut middle = MemoryRegion::new(range.clone(), kind);
        let touched = &self.regions[first..last];
        // The parts of the outermost regions outside the range are joined to it or kept as they are.
        let left = touched.first().filter(|region| region.start < range.start);
        let left = left.map(|region| MemoryRegion::new(region.start..range.start, region.kind));
        let right = touched.last().filter(|region| region.end > range.end);
        let right = right.map(|region| MemoryRegion::new(range.end..region.end, region.kind));
        let left = left.filter(|left| !join(&mut middle, left));
        let right = right.filter(|right| !join(&mut middle, right));
        self.replace(first..last, [left, Some(middle), right])
    }

    /// Sets the kind of the usable parts of `range` to `kind`. Memory that the firmware reserves keeps its kind.
    ///
    /// # Errors
    /// [`MapError::TooManyRegions`].
    pub fn mark_usable(&mut self, range: Range<u64>, kind: MemoryKind) -> Result<(), MapError> {
        let mut start = range.start;
        while let Some(usable) = self.next_usable(start..range.end) {
            start = usable.end;
            self.mark(usable, kind)?;
        }
        Ok(())
    }

    /// Returns the first usable part of `range`.
    fn next_usable(&self, range: Range<u64>) -> Option<Range<u64>> {
        let usable = self.regions().iter().filter(|region| region.kind == MemoryKind::USABLE);
        let mut parts = usable.map(|region| region.start.max(range.start)..region.end.min(range.end));
        parts.find(|part| !part.is_empty())
    }

    /// Returns the first region in `range` that isn't usable: reserved, bad, or ACPI's. Memory that isn't in the map is
    /// ignored.
    #[must_use]
    pub fn first_reserved(&self, range: Range<u64>) -> Option<Range<u64>> {
        let reserved = self.regions().iter().filter(|region| region.kind != MemoryKind::USABLE);
        let mut overlapping = reserved.filter(|region| region.start < range.end && range.start < region.end);
        overlapping.next().map(|region| region.start..region.end)
    }

    /// Returns the bytes of RAM that a kernel can use, now or after reclaiming them.
    #[must_use]
    pub fn ram_bytes(&self) -> u64 {
        self.regions().iter().filter(|region| region.kind.is_ram()).map(MemoryRegion::len_bytes).sum()
    }

    /// Returns the end of the highest region in RAM, including ACPI's; zero in an empty map.
    #[must_use]
    pub fn end_of_ram(&self) -> u64 {
        let in_ram = self.regions().iter().rev().find(|region| region.kind.lies_in_ram());
        in_ram.map_or(0, |region| region.end)
    }

    /// Returns the indices `first..last` of the regions that overlap `range` or are adjacent to it.
    fn touching(&self, range: &Range<u64>) -> (usize, usize) {
        let regions = self.regions();
        let first = regions.partition_point(|region| region.end < range.start);
        let count = regions[first..].iter().take_while(|region| region.start <= range.end).count();
        (first, first + count)
    }

    /// Replaces the regions `old` with `new`.
    fn replace(&mut self, old: Range<usize>, new: [Option<MemoryRegion>; 3]) -> Result<(), MapError> {
        let new_end = old.start + new.iter().flatten().count();
        let count = self.count - old.len() + (new_end - old.start);
        if count > MAX_REGIONS {
            return Err(MapError::TooManyRegions);
        }
        if new_end != old.end {
            self.regions.copy_within(old.end..self.count, new_end);
        }
        self.count = count;
        for (slot, region) in self.regions[old.start..new_end].iter_mut().zip(new.into_iter().flatten()) {
            *slot = region;
        }
        Ok(())
    }
}

impl Default for MemoryMap {
    fn default() -> Self {
        Self::new()
    }
}

/// Extends `region` over `neighbour` if both have the same kind. Returns whether it did.
fn join(region: &mut MemoryRegion, neighbour: &MemoryRegion) -> bool {
    let same = region.kind == neighbour.kind;
    if same {
        region.start = region.start.min(neighbour.start);
        region.end = region.end.max(neighbour.end);
    }
    same
}

/// Rounds `range` to whole pages, and limits it to [`PHYSICAL_END`]. Usable memory is rounded inwards, all other kinds
/// outwards.
fn whole_pages(range: Range<u64>, kind: MemoryKind) -> Range<u64> {
    let (start, end) = (range.start.min(PHYSICAL_END), range.end.min(PHYSICAL_END));
    if start >= end {
        return 0..0;
    }
    if kind == MemoryKind::USABLE {
        start.next_multiple_of(PAGE_SIZE)..end & !(PAGE_SIZE - 1)
    } else {
        start & !(PAGE_SIZE - 1)..end.next_multiple_of(PAGE_SIZE)
    }
}

/// Why there is no memory map, or an allocation failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MapError {
    /// No service of the firmware reports the memory above 1 MiB.
    NoService,
    /// The map would have more than [`MAX_REGIONS`] regions.
    TooManyRegions,
    /// The firmware's list has this many entries, and none of them leaves a usable page.
    NoUsableMemory(usize),
    /// No free run is large enough.
    OutOfMemory {
        /// Bytes that were requested.
        asked: u64,
        /// Bytes of the largest free run between 1 MiB and 4 GiB.
        largest_free: u64,
    },
}

impl fmt::Display for MapError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoService => f.write_str(
                "INT 15h AX=E820h, AX=E801h and AH=88h failed, or know of none above 1 MiB: update the BIOS",
            ),
            Self::TooManyRegions => write!(f, "the memory map has more than {MAX_REGIONS} regions"),
            Self::NoUsableMemory(entries) => {
                write!(f, "none of the firmware's {entries} memory regions has a usable page")
            }
            Self::OutOfMemory { asked, largest_free } => write!(
                f,
                "no {asked} contiguous free bytes below 4 GiB, the largest free run has {largest_free}: \
                 add memory to the machine, or load less"
            ),
        }
    }
}

impl core::error::Error for MapError {}

#[cfg(test)]
mod tests;
