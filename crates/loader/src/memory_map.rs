//! The memory map: what each page of physical memory is, and which pages the loader takes.
//!
//! ```text
//! firmware   |-- usable -----------------------|
//!                    |-- reserved --|                 the more restrictive kind wins
//! map        | usable | reserved    | usable   |      ascending, disjoint, whole pages
//! taken      | usable | reserved    | us | KER |      by `mark` and `allocate`
//! ```
//!
//! Assumes nothing of the firmware's list: it may be unsorted, overlap itself, be unaligned, wrap around.
//! Refuses more pieces than [`MAX_REGIONS`], and a list that has no usable memory.

mod allocate;
mod firmware;

use core::fmt;
use core::ops::Range;

use farjump_api::{MemoryKind, MemoryRegion};
use farjump_x86::paging::PHYSICAL_END;

pub use firmware::{FirmwareRegion, regions_from_e801, regions_from_int15_88};

use crate::PAGE_SIZE;

/// Most regions that a map holds. 512 entries of the firmware, nested in the worst way, make 1023; the
/// rest is for what the loader marks.
pub const MAX_REGIONS: usize = 1152;

/// Interrupt vectors and the BIOS data area: never given away, whatever the firmware says.
const FIRST_PAGE: Range<u64> = 0..PAGE_SIZE;

/// Regions that ascend, are disjoint, consist of whole pages, and whose neighbours differ in kind.
///
/// Holds [`MAX_REGIONS`] in place, some 27 KiB: make it a `static`.
#[derive(Debug, Clone)]
pub struct MemoryMap {
    regions: [MemoryRegion; MAX_REGIONS],
    count: usize,
}

impl MemoryMap {
    /// A map with nothing in it.
    #[must_use]
    pub const fn new() -> Self {
        const EMPTY: MemoryRegion = MemoryRegion::new(0..0, MemoryKind(0));
        Self { regions: [EMPTY; MAX_REGIONS], count: 0 }
    }

    /// All regions, ascending.
    #[must_use]
    pub fn regions(&self) -> &[MemoryRegion] {
        &self.regions[..self.count]
    }

    /// Makes `range` be of `kind`, whatever was there. Usable memory shrinks to whole pages, all else
    /// grows to them; addresses past 2^52 are left out.
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
        // What the outermost touched regions have beyond the range: joined to it, or left as they are.
        let left = touched.first().filter(|region| region.start < range.start);
        let left = left.map(|region| MemoryRegion::new(region.start..range.start, region.kind));
        let right = touched.last().filter(|region| region.end > range.end);
        let right = right.map(|region| MemoryRegion::new(range.end..region.end, region.kind));
        let left = left.filter(|left| !join(&mut middle, left));
        let right = right.filter(|right| !join(&mut middle, right));
        self.replace(first..last, [left, Some(middle), right])
    }

    /// Makes what of `range` is usable be of `kind`. What the firmware keeps for itself stays what it is.
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

    /// The first usable piece of `range`.
    fn next_usable(&self, range: Range<u64>) -> Option<Range<u64>> {
        let usable = self.regions().iter().filter(|region| region.kind == MemoryKind::USABLE);
        let mut pieces = usable.map(|region| region.start.max(range.start)..region.end.min(range.end));
        pieces.find(|piece| !piece.is_empty())
    }

    /// The first piece of `range` that the firmware keeps for itself: reserved, bad, or ACPI's. What it says nothing of
    /// isn't meant.
    #[must_use]
    pub fn first_kept(&self, range: Range<u64>) -> Option<Range<u64>> {
        let kept = self.regions().iter().filter(|region| region.kind != MemoryKind::USABLE);
        let mut overlapping = kept.filter(|region| region.start < range.end && range.start < region.end);
        overlapping.next().map(|region| region.start..region.end)
    }

    /// Bytes of RAM that a kernel may sooner or later use.
    #[must_use]
    pub fn ram_bytes(&self) -> u64 {
        self.regions().iter().filter(|region| region.kind.is_ram()).map(MemoryRegion::len_bytes).sum()
    }

    /// End of the highest region that lies in RAM, ACPI's storage included; zero in an empty map.
    #[must_use]
    pub fn end_of_ram(&self) -> u64 {
        let in_ram = self.regions().iter().rev().find(|region| region.kind.lies_in_ram());
        in_ram.map_or(0, |region| region.end)
    }

    /// Indices `first..last` of the regions that overlap `range` or border on it.
    fn touching(&self, range: &Range<u64>) -> (usize, usize) {
        let regions = self.regions();
        let first = regions.partition_point(|region| region.end < range.start);
        let behind = regions[first..].iter().take_while(|region| region.start <= range.end).count();
        (first, first + behind)
    }

    /// Puts `pieces` in the place of the regions `old`.
    fn replace(&mut self, old: Range<usize>, pieces: [Option<MemoryRegion>; 3]) -> Result<(), MapError> {
        let new_end = old.start + pieces.iter().flatten().count();
        let count = self.count - old.len() + (new_end - old.start);
        if count > MAX_REGIONS {
            return Err(MapError::TooManyRegions);
        }
        if new_end != old.end {
            self.regions.copy_within(old.end..self.count, new_end);
        }
        self.count = count;
        for (place, piece) in self.regions[old.start..new_end].iter_mut().zip(pieces.into_iter().flatten()) {
            *place = piece;
        }
        Ok(())
    }
}

impl Default for MemoryMap {
    fn default() -> Self {
        Self::new()
    }
}

/// Grows `region` over `neighbour` where both are of a kind.
fn join(region: &mut MemoryRegion, neighbour: &MemoryRegion) -> bool {
    let same = region.kind == neighbour.kind;
    if same {
        region.start = region.start.min(neighbour.start);
        region.end = region.end.max(neighbour.end);
    }
    same
}

/// `range` in whole pages, cut at [`PHYSICAL_END`]: usable memory loses the pages that it has only a part
/// of, all else gets them.
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

/// Why there is no memory map, or no memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MapError {
    /// No service of the firmware tells what memory there is above 1 MiB.
    NoService,
    /// The map would have more than [`MAX_REGIONS`] pieces.
    TooManyRegions,
    /// The firmware's list has this many entries, and none of them leaves a usable page.
    NoUsableMemory(usize),
    /// Nothing free is large enough.
    OutOfMemory {
        /// Bytes that were asked for.
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
                "no {asked} free bytes in one piece below 4 GiB, the largest free run has {largest_free}: \
                 give the machine more memory, or load less"
            ),
        }
    }
}

impl core::error::Error for MapError {}

#[cfg(test)]
mod tests;
