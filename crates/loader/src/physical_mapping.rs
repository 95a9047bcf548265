//! Decides which pages map physical memory in the kernel's address space.
//!
//! ```text
//!            0                        4 GiB
//! memory     | RAM, devices, holes    | hole | RAM ................... | reserved | RAM
//! mapped     | all of it              |      | all of it, to the page  |          | ...
//! pages      | 2 MiB                  |      | 4K | 2M | 1G | 2M | 4K  |          | ...
//! ```
//!
//! Below 4 GiB, everything is mapped, because devices and firmware tables are there. Above 4 GiB, only RAM is mapped, and
//! no page reaches past its end. A CPU may read ahead from any address that is mapped as memory. If there is no memory at
//! that address, as in the range below 1 TiB that AMD's `HyperTransport` uses, this can raise a machine check.
//!
//! Source: Intel SDM vol. 3A, "Large Page Size Considerations"; AMD APM vol. 2, "Speculative Access".

use core::ops::Range;

use farjump_api::MemoryRegion;
use farjump_api::virtual_memory::FULLY_MAPPED_END;
pub use farjump_x86::paging::{GIB_PAGE_SIZE, LARGE_PAGE_SIZE};

use crate::PAGE_SIZE;
use crate::memory_map::MemoryMap;

/// A range of physical memory that is mapped by pages of one size.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extent {
    /// Physical addresses: whole pages of [`Self::page_size`].
    pub range: Range<u64>,
    /// [`PAGE_SIZE`], [`LARGE_PAGE_SIZE`] or [`GIB_PAGE_SIZE`].
    pub page_size: u64,
}

/// Returns the first extent that begins at `start`, which is the address of a page, or above; `None` after the last one.
///
/// Calling this again with the end of each extent visits everything that is mapped, in ascending order. Allocating memory
/// below 4 GiB between the calls doesn't change what is mapped above.
#[must_use]
pub fn extent_from(map: &MemoryMap, start: u64, has_gib_pages: bool) -> Option<Extent> {
    if start < FULLY_MAPPED_END {
        return Some(Extent { range: start..FULLY_MAPPED_END, page_size: LARGE_PAGE_SIZE });
    }
    let ram = ram_from(map, start)?;
    let largest = if has_gib_pages { GIB_PAGE_SIZE } else { LARGE_PAGE_SIZE };
    Some(first_extent(ram, largest))
}

/// Returns the end of the last extent: 4 GiB, or the end of RAM above.
#[must_use]
pub fn end(map: &MemoryMap) -> u64 {
    map.end_of_ram().max(FULLY_MAPPED_END)
}

/// Returns the first run of RAM at `start` or above, which may consist of several kinds of RAM.
fn ram_from(map: &MemoryMap, start: u64) -> Option<Range<u64>> {
    let in_ram = |region: &&MemoryRegion| region.end > start && region.kind.lies_in_ram();
    let mut ram = map.regions().iter().filter(in_ram);
    let first = ram.next()?;
    let end = ram.fold(first.end, |end, next| if next.start == end { next.end } else { end });
    Some(first.start.max(start)..end)
}

/// Returns the part of `ram`, from its start on, that can be mapped by pages of one size, at most `largest`.
fn first_extent(ram: Range<u64>, largest: u64) -> Extent {
    // The first address where larger pages are possible; the end if none of them fits.
    let mut end = ram.end;
    for page_size in [GIB_PAGE_SIZE, LARGE_PAGE_SIZE, PAGE_SIZE] {
        if page_size > largest {
            continue;
        }
        let first = ram.start.next_multiple_of(page_size);
        let last = end & !(page_size - 1);
        if first == ram.start && first < last {
            return Extent { range: first..last, page_size };
        }
        if first < last {
            end = first;
        }
    }
    Extent { range: ram, page_size: PAGE_SIZE }
}

#[cfg(test)]
mod tests;
