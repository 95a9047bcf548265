//! The heap: what `alloc` allocates from.
//!
//! ```text
//! start                 end                            limit
//! | in use and free ... | reserved, not mapped ...      |
//!                       --> grows by mapping new frames
//!                   <-- trim returns the free end
//! ```
//!
//! It grows when an allocation doesn't fit. Memory that runs out is an error that the caller sees: `try_reserve`
//! returns `Err`; functions that can't (`Box::new`, `Vec::push`) call `alloc::handle_alloc_error`, which panics.
//! Memory is returned only by [`trim`]: a program that frees and allocates in turn shouldn't pay
//! for unmapping each time.

use core::alloc::{GlobalAlloc, Layout};
use core::ops::Range;
use core::ptr::{self, NonNull};

use farjump_api::BootInfo;
use farjump_api::virtual_memory::VMALLOC_AREA;
use talc::DefaultBinning;
use talc::base::{CHUNK_UNIT, Talc};
use talc::source::Manual;

use super::{InitError, PAGE_SIZE, Protection, pages, to_usize};
use crate::sync::IrqMutex;

/// The heap grows by this much at least, so that not every small allocation maps a page.
const GROWTH: u64 = 256 << 10;

/// Most bytes that the heap may grow to: the rest of the kernel's area is for stacks, modules and devices, however
/// much memory a machine has.
const MAX_BYTES: u64 = (VMALLOC_AREA.end - VMALLOC_AREA.start) / 2;

#[global_allocator]
static HEAP: LockedHeap = LockedHeap(IrqMutex::new(Heap::new()));

struct LockedHeap(IrqMutex<Heap>);

struct Heap {
    talc: Talc<Manual, DefaultBinning>,
    /// Mapped, from the first page on; empty until the first allocation.
    mapped: Range<u64>,
    /// End of the pages that are reserved for the heap.
    limit: u64,
}

/// How large the heap is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HeapStatistics {
    /// Bytes that are mapped for the heap.
    pub mapped_bytes: u64,
    /// Bytes that allocations have asked for and not freed.
    pub allocated_bytes: u64,
    /// Allocations that aren't freed.
    pub allocations: u64,
}

/// Reserves the heap's pages: as many as there is memory, and half of the kernel's area at most. Nothing is mapped yet.
pub(super) fn init(boot_info: &'static BootInfo) -> Result<(), InitError> {
    let range = pages::reserve("the heap", boot_info.ram_bytes().min(MAX_BYTES)).map_err(InitError::Heap)?;
    let mut heap = HEAP.0.lock();
    heap.mapped = range.start..range.start;
    heap.limit = range.end;
    Ok(())
}

/// Returns the free pages at the heap's end to the frame allocator, and the number of their bytes to the caller.
pub fn trim() -> u64 {
    HEAP.0.lock().trim()
}

/// How large the heap is.
#[must_use]
pub fn statistics() -> HeapStatistics {
    let heap = HEAP.0.lock();
    let counters = heap.talc.counters();
    HeapStatistics {
        mapped_bytes: heap.mapped.end - heap.mapped.start,
        allocated_bytes: counters.allocated_bytes as u64,
        allocations: counters.allocation_count as u64,
    }
}

impl Heap {
    const fn new() -> Self {
        Self { talc: Talc::new(Manual), mapped: 0..0, limit: 0 }
    }

    /// # Safety
    /// The layout's size isn't zero.
    unsafe fn allocate(&mut self, layout: Layout) -> Option<NonNull<u8>> {
        loop {
            // SAFETY: the caller vouches for the size.
            let found = unsafe { self.talc.try_allocate(layout) };
            if found.is_some() {
                return found;
            }
            self.grow_for(layout)?;
        }
    }

    /// Maps enough for `layout` past the end, whatever is free before it. `None`: there isn't enough.
    fn grow_for(&mut self, layout: Layout) -> Option<()> {
        // The allocation, its alignment, its own and the heap's ends; the first time, talc's tables.
        let tables = talc::min_first_heap_size::<DefaultBinning>();
        let needed = layout.size().checked_add(layout.align())?.checked_add(4 * CHUNK_UNIT + tables)?;
        let needed = (needed as u64).checked_next_multiple_of(PAGE_SIZE)?;
        self.grow(needed.max(GROWTH)).or_else(|| self.grow(needed))
    }

    fn grow(&mut self, size_bytes: u64) -> Option<()> {
        let end = self.mapped.end.checked_add(size_bytes).filter(|end| *end <= self.limit)?;
        pages::map_new_frames(&(self.mapped.end..end), Protection::ReadWrite).ok()?;
        if let Some(old_end) = NonNull::new(pointer(self.mapped.end)).filter(|_| !self.mapped.is_empty()) {
            // SAFETY: `old_end` is the heap's end, and what follows has just been mapped for it.
            unsafe { self.talc.extend(old_end, pointer(end)) };
        } else {
            // SAFETY: just mapped, and used by no other code.
            unsafe { self.talc.claim(pointer(self.mapped.start), to_usize(size_bytes)) }?;
        }
        self.mapped.end = end;
        Some(())
    }

    fn trim(&mut self) -> u64 {
        if self.mapped.is_empty() {
            return 0;
        }
        let Some(end) = NonNull::new(pointer(self.mapped.end)) else { return 0 };
        // SAFETY: `end` is the heap's end.
        let in_use = unsafe { self.talc.reserved(end) };
        let new_end = (in_use.up_to.addr().get() as u64).next_multiple_of(PAGE_SIZE);
        // SAFETY: as above; what lies past the new end is free.
        unsafe { self.talc.truncate(end, pointer(new_end)) };
        let freed = new_end..self.mapped.end;
        pages::unmap_and_free(&freed);
        self.mapped.end = new_end;
        freed.end - freed.start
    }
}

// SAFETY: talc hands out disjoint memory of the layout's size and alignment; the heap's pages are mapped, and are
// unmapped only where talc has nothing allocated.
unsafe impl GlobalAlloc for LockedHeap {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller vouches that the size isn't zero.
        let allocated = unsafe { self.0.lock().allocate(layout) };
        allocated.map_or(ptr::null_mut(), NonNull::as_ptr)
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller vouches that `alloc` returned the pointer for this layout.
        unsafe { self.0.lock().talc.deallocate(pointer, layout) };
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        // SAFETY: the caller vouches for pointer and layout, and that the new size isn't zero.
        if unsafe { self.0.lock().talc.try_realloc_in_place(pointer, layout, new_size) } {
            return pointer;
        }
        // SAFETY: the caller vouches that the new size, rounded up to the alignment, fits an isize.
        let new_layout = unsafe { Layout::from_size_align_unchecked(new_size, layout.align()) };
        // SAFETY: as above.
        let new = unsafe { self.alloc(new_layout) };
        if !new.is_null() {
            // SAFETY: both are allocated, the new one is apart from the old one, and shrinking is in place.
            unsafe { new.copy_from_nonoverlapping(pointer, layout.size().min(new_size)) };
            // SAFETY: the caller vouches for pointer and layout, and doesn't use the pointer any more.
            unsafe { self.dealloc(pointer, layout) };
        }
        new
    }
}

fn pointer(address: u64) -> *mut u8 {
    ptr::with_exposed_provenance_mut(to_usize(address))
}
