//! Physical memory: the one allocator of frames.
//!
//! Before `init` and after it has failed there are no frames. All functions may be called with interrupts on or
//! off, and from handlers.

use core::ops::Range;

use farjump_api::BootInfo;
use farjump_kernel_memory::frames::{FrameAllocator, Plan};
use x86_64::PhysAddr;
use x86_64::structures::paging::{self, FrameDeallocator, PhysFrame, Size2MiB, Size4KiB};

use super::{FramesError, FreeError, PAGE_SIZE, Statistics, to_usize};
use crate::sync::IrqMutex;

static FRAMES: IrqMutex<Option<FrameAllocator<'static>>> = IrqMutex::new(None);

/// Makes the allocator, in the first usable memory that holds it.
pub(super) fn init(boot_info: &'static BootInfo) -> Result<(), FramesError> {
    let plan = Plan::new(boot_info.memory_map.get())?;
    let address = boot_info.physical_memory_offset + plan.storage.start;
    let first = core::ptr::with_exposed_provenance_mut(to_usize(address));
    // SAFETY: usable memory, all of which the loader has mapped there; the allocator never hands it out.
    let words = unsafe { core::slice::from_raw_parts_mut(first, plan.words()) };
    *FRAMES.lock() = Some(FrameAllocator::new(plan, words)?);
    Ok(())
}

/// A frame of 4 KiB, with whatever it last held.
pub fn allocate() -> Option<PhysFrame<Size4KiB>> {
    let address = FRAMES.lock().as_mut()?.allocate()?;
    Some(PhysFrame::containing_address(PhysAddr::new(address)))
}

/// A frame of 2 MiB, with whatever it last held.
pub fn allocate_large() -> Option<PhysFrame<Size2MiB>> {
    let address = FRAMES.lock().as_mut()?.allocate_large()?;
    Some(PhysFrame::containing_address(PhysAddr::new(address)))
}

/// Neighbouring frames for a device: at least `size_bytes`, aligned to `align` bytes, and all of them below the
/// physical address `below`.
pub fn allocate_contiguous(size_bytes: u64, align: u64, below: u64) -> Option<Range<u64>> {
    FRAMES.lock().as_mut()?.allocate_contiguous(size_bytes, align, below)
}

/// Takes a frame back.
///
/// # Errors
/// [`FreeError`]: it wasn't handed out.
///
/// # Safety
/// Nobody uses the frame any more: neither through a mapping of the caller's nor through that of physical memory.
pub unsafe fn free<S: paging::PageSize>(frame: PhysFrame<S>) -> Result<(), FreeError> {
    let start = frame.start_address().as_u64();
    // SAFETY: the caller vouches for the frame, which is the range.
    unsafe { free_range(start..start + S::SIZE) }
}

/// Takes physical memory back: any whole frames that were handed out.
///
/// # Errors
/// [`FreeError`] names the first frame that wasn't handed out; then none is taken back.
///
/// # Safety
/// As for [`free`].
pub unsafe fn free_range(range: Range<u64>) -> Result<(), FreeError> {
    let not_managed = FreeError::NotManaged(range.start);
    FRAMES.lock().as_mut().ok_or(not_managed)?.free(range)
}

/// How much memory there is. Looks at all of it: some microseconds a GiB.
#[must_use]
pub fn statistics() -> Statistics {
    let none = Statistics { managed: 0, free: 0, free_large: 0, longest_run: 0 };
    FRAMES.lock().as_ref().map_or(none, FrameAllocator::statistics)
}

/// Frames that can be handed out.
#[must_use]
pub fn free_count() -> u64 {
    FRAMES.lock().as_ref().map_or(0, FrameAllocator::free_count)
}

/// Whether nobody has the frame that this physical address is in, and it can be handed out.
#[must_use]
pub fn is_free(address: u64) -> bool {
    FRAMES.lock().as_ref().is_some_and(|frames| frames.is_free(address))
}

/// Takes the loader's memory over; gives the bytes, zero the second time.
pub(super) fn take_loader_memory() -> u64 {
    FRAMES.lock().as_mut().map_or(0, FrameAllocator::reclaim_loader)
}

/// The allocator, as `x86_64`'s mapper wants it: for page tables.
#[derive(Debug)]
pub(super) struct TableFrames;

// SAFETY: the one allocator hands each frame out once until it is freed.
unsafe impl paging::FrameAllocator<Size4KiB> for TableFrames {
    fn allocate_frame(&mut self) -> Option<PhysFrame<Size4KiB>> {
        allocate()
    }
}

impl FrameDeallocator<Size4KiB> for TableFrames {
    unsafe fn deallocate_frame(&mut self, frame: PhysFrame<Size4KiB>) {
        // SAFETY: the caller vouches that the frame is unused.
        let freed = unsafe { free(frame) };
        assert_eq!(freed, Ok(()), "a table of ours is in a frame of ours");
    }
}

const _: () = assert!(PAGE_SIZE == <Size4KiB as paging::PageSize>::SIZE);
