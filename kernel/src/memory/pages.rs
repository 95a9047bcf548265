//! The vmalloc area: ranges of pages that are mapped to frames, with a guard page on either side.

use alloc::vec::Vec;
use core::fmt;
use core::ops::Range;

use farjump_api::virtual_memory::VMALLOC_AREA;
use farjump_kernel_memory::page_ranges::PageRanges;
use x86_64::structures::paging::{Page, PhysFrame, Size4KiB};

use super::paging::{self, PagingError, page};
use super::{PAGE_SIZE, Part, Protection, ReserveError, frames};
use crate::sync::IrqMutex;

/// Ranges at most: the heap, and a stack for each thread.
const RANGES: usize = 512;

static RESERVED: IrqMutex<PageRanges<RANGES>> = IrqMutex::new(PageRanges::new());

/// Opens the vmalloc area, once it is known to be empty.
pub(super) fn init() {
    RESERVED.lock().set_area(VMALLOC_AREA);
}

/// Reserves pages without mapping them; `name` is what a page fault's report calls them.
pub(super) fn reserve(name: &'static str, size_bytes: u64) -> Result<Range<u64>, ReserveError> {
    RESERVED.lock().reserve(name, size_bytes, PAGE_SIZE)
}

/// Whose pages or guard pages an address is in: for the report of a page fault.
#[must_use]
pub fn owner(address: u64) -> Option<(&'static str, Part)> {
    RESERVED.try_lock()?.find(address)
}

/// Pages with frames of their own, and a guard page on either side: a stack, or code that is loaded at run time.
/// Dropping them unmaps them and frees the frames.
#[derive(Debug)]
pub struct VirtualRegion {
    range: Range<u64>,
    /// Where nothing is mapped, ascending.
    holes: Vec<Range<u64>>,
    protection: Protection,
}

impl VirtualRegion {
    /// At least `size_bytes`, all zero. Nothing is mapped where there isn't enough for all.
    ///
    /// # Errors
    /// [`PagesError`].
    pub fn new(name: &'static str, size_bytes: u64, protection: Protection) -> Result<Self, PagesError> {
        let range = reserve(name, size_bytes)?;
        // First writable, to be zeroed: old contents of the frames are never executed or read.
        let mapped = map_new_frames(&range, Protection::ReadWrite);
        mapped.inspect_err(|_| release(range.start))?;
        let pages = Self { range, holes: Vec::new(), protection: Protection::ReadWrite };
        let first = core::ptr::with_exposed_provenance_mut::<u8>(super::to_usize(pages.range.start));
        // SAFETY: just mapped, writable, and used by no other code.
        unsafe { first.write_bytes(0, super::to_usize(pages.range.end - pages.range.start)) };
        pages.protect(protection)
    }

    /// The same pages with another protection: writable while code is put there, executable afterwards.
    ///
    /// # Errors
    /// [`PagesError`].
    pub fn protect(mut self, protection: Protection) -> Result<Self, PagesError> {
        if self.protection != protection {
            for page in pages_of(&self.range) {
                // SAFETY: these pages are the caller's alone: it gives up the rights that it has had.
                unsafe { paging::protect(page, protection) }?;
            }
            self.protection = protection;
        }
        Ok(self)
    }

    /// Takes pages out, for good: touching them faults from now on, and their frames are free. `hole` follows all
    /// earlier holes. All other pages keep the protection that they have.
    ///
    /// # Errors
    /// There is no memory to remember it; then nothing is taken out.
    pub fn make_hole(&mut self, hole: Range<u64>) -> Result<(), PagesError> {
        let start = self.holes.last().map_or(self.range.start, |last| last.end);
        assert!(start <= hole.start && hole.start < hole.end && hole.end <= self.range.end, "{hole:x?}");
        self.holes.try_reserve(1).map_err(|_| PagingError::OutOfFrames)?;
        unmap_and_free(&hole);
        self.holes.push(hole);
        Ok(())
    }

    /// The addresses; the pages on either side aren't mapped.
    #[must_use]
    pub fn range(&self) -> Range<u64> {
        self.range.clone()
    }

    /// What may be done with them.
    #[must_use]
    pub fn protection(&self) -> Protection {
        self.protection
    }
}

impl Drop for VirtualRegion {
    fn drop(&mut self) {
        let mut start = self.range.start;
        for hole in &self.holes {
            unmap_and_free(&(start..hole.start));
            start = hole.end;
        }
        unmap_and_free(&(start..self.range.end));
        release(self.range.start);
    }
}

/// Frees a range, by its first address.
pub(super) fn release(start: u64) {
    let released = RESERVED.lock().release(start);
    assert_eq!(released, Ok(()), "it was reserved");
}

/// Maps each page of a range, which is reserved, to a new frame; all of them or none.
pub(super) fn map_new_frames(range: &Range<u64>, protection: Protection) -> Result<(), PagingError> {
    // An absurd size fails before every frame is taken.
    if (range.end - range.start) / PAGE_SIZE > frames::free_count() {
        return Err(PagingError::OutOfFrames);
    }
    for page in pages_of(range) {
        if let Err(error) = map_new_frame(page, protection) {
            unmap_and_free(&(range.start..page.start_address().as_u64()));
            return Err(error);
        }
    }
    Ok(())
}

fn map_new_frame(page: Page, protection: Protection) -> Result<(), PagingError> {
    let frame = frames::allocate().ok_or(PagingError::OutOfFrames)?;
    // SAFETY: the page is reserved and was unmapped, the frame is new: no other code uses either.
    let mapped = unsafe { paging::map(page, frame, protection) };
    if mapped.is_err() {
        // SAFETY: the frame was not mapped, and no other code knows it.
        let freed = unsafe { frames::free(frame) };
        assert_eq!(freed, Ok(()), "it was handed out above");
    }
    mapped
}

/// Unmaps the pages of a range, which aren't in use any more, and frees their frames and empty tables.
pub(super) fn unmap_and_free(range: &Range<u64>) {
    let free = |frame| {
        // SAFETY: the frame was mapped at this page only, which is gone.
        let freed = unsafe { frames::free(frame) };
        assert_eq!(freed, Ok(()), "the page was mapped to a frame of its own");
    };
    // SAFETY: the caller doesn't use the pages any more.
    unsafe { unmap_each(range, free) };
}

/// Unmaps the pages of a range, hands each one's frame to `dispose`, and frees empty tables.
///
/// # Safety
/// The pages are mapped, and not in use any more.
pub(super) unsafe fn unmap_each(range: &Range<u64>, dispose: impl Fn(PhysFrame)) {
    if range.is_empty() {
        return;
    }
    for page in pages_of(range) {
        // SAFETY: the caller vouches for the pages.
        let frame = unsafe { paging::unmap(page) };
        dispose(frame.expect("the page is mapped"));
    }
    let last = page(range.end - PAGE_SIZE);
    // SAFETY: reserved pages lie in the kernel's area.
    unsafe { paging::free_empty_tables(Page::range_inclusive(page(range.start), last)) };
}

pub(super) fn pages_of(range: &Range<u64>) -> impl Iterator<Item = Page<Size4KiB>> + use<> {
    Page::range(page(range.start), page(range.end))
}

/// Why there are no pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PagesError {
    /// No room in the kernel's area.
    Reserve(ReserveError),
    /// No frames, or no tables.
    Paging(PagingError),
}

impl From<ReserveError> for PagesError {
    fn from(error: ReserveError) -> Self {
        Self::Reserve(error)
    }
}

impl From<PagingError> for PagesError {
    fn from(error: PagingError) -> Self {
        Self::Paging(error)
    }
}

impl fmt::Display for PagesError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Reserve(error) => error.fmt(f),
            Self::Paging(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for PagesError {}
