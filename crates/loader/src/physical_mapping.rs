//! Which pages map physical memory, in the kernel's address space.
//!
//! ```text
//!            0                        4 GiB
//! memory     | RAM, devices, holes    | hole | RAM ................... | reserved | RAM
//! mapped     | all of it              |      | all of it, to the page  |          | ...
//! pages      | 2 MiB                  |      | 4K | 2M | 1G | 2M | 4K  |          | ...
//! ```
//!
//! Below 4 GiB everything is mapped: devices and firmware tables lie there. Above it only RAM is, and no page reaches
//! past the end of it. A CPU may read ahead from whatever is mapped as memory; where an address leads to no memory,
//! such as the range below 1 TiB that AMD's `HyperTransport` takes, that can raise a machine check.
//!
//! Source: Intel SDM vol. 3A, "Large Page Size Considerations"; AMD APM vol. 2, "Speculative Access".

use core::ops::Range;

use farjump_api::MemoryRegion;
use farjump_api::virtual_memory::FULLY_MAPPED_END;
pub use farjump_x86::paging::{GIB_PAGE_SIZE, LARGE_PAGE_SIZE};

use crate::PAGE_SIZE;
use crate::memory_map::MemoryMap;

/// Physical memory that is mapped by pages of one size.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// Physical addresses: whole pages of [`Self::page_size`].
    pub range: Range<u64>,
    /// [`PAGE_SIZE`], [`LARGE_PAGE_SIZE`] or [`GIB_PAGE_SIZE`].
    pub page_size: u64,
}

/// The first piece that begins at `start`, a page's address, or above; `None` past the last.
///
/// Calling it again with the end of each piece visits all that is mapped, in ascending order. In between, memory below
/// 4 GiB may be taken from the map: that changes nothing above.
#[must_use]
pub fn piece_from(map: &MemoryMap, start: u64, has_gib_pages: bool) -> Option<Piece> {
    if start < FULLY_MAPPED_END {
        return Some(Piece { range: start..FULLY_MAPPED_END, page_size: LARGE_PAGE_SIZE });
    }
    let ram = ram_from(map, start)?;
    let largest = if has_gib_pages { GIB_PAGE_SIZE } else { LARGE_PAGE_SIZE };
    Some(first_piece(ram, largest))
}

/// End of the last piece: 4 GiB, or the end of RAM above.
#[must_use]
pub fn end(map: &MemoryMap) -> u64 {
    map.end_of_ram().max(FULLY_MAPPED_END)
}

/// The first run of RAM at `start` or above, whatever kinds of RAM it is made of.
fn ram_from(map: &MemoryMap, start: u64) -> Option<Range<u64>> {
    let in_ram = |region: &&MemoryRegion| region.end > start && region.kind.lies_in_ram();
    let mut ram = map.regions().iter().filter(in_ram);
    let first = ram.next()?;
    let end = ram.fold(first.end, |end, next| if next.start == end { next.end } else { end });
    Some(first.start.max(start)..end)
}

/// What of `ram` can be mapped by pages of one size, no larger than `largest`, from its start on.
fn first_piece(ram: Range<u64>, largest: u64) -> Piece {
    // Where larger pages can begin; none of them fits before the end, and there is no such place.
    let mut end = ram.end;
    for page_size in [GIB_PAGE_SIZE, LARGE_PAGE_SIZE, PAGE_SIZE] {
        if page_size > largest {
            continue;
        }
        let first = ram.start.next_multiple_of(page_size);
        let last = end & !(page_size - 1);
        if first == ram.start && first < last {
            return Piece { range: first..last, page_size };
        }
        if first < last {
            end = first;
        }
    }
    Piece { range: ram, page_size: PAGE_SIZE }
}

#[cfg(test)]
mod tests;
