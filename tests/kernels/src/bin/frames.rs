//! The frame allocator: every usable frame is handed out once and only once, and taken back.

#![no_std]
#![no_main]
#![expect(clippy::cast_possible_truncation, reason = "usize and u64 are the same here")]

use core::sync::atomic::{AtomicU64, Ordering};

use farjump_api::{BootInfo, MemoryKind, MemoryRegion};
use farjump_kernel::memory::{FreeError, LARGE_PAGE_SIZE, PAGE_SIZE, frames};
use farjump_kernel::println;
use test_kernels::test_kernel;
use x86_64::PhysAddr;
use x86_64::structures::paging::PhysFrame;

test_kernel!(
    the_statistics_are_those_of_the_memory_map,
    every_usable_frame_is_handed_out_once_and_only_once,
    large_frames_are_aligned_and_usable_to_the_end,
    contiguous_frames_keep_to_their_limits,
    double_and_foreign_frees_are_errors,
);

/// A bit for each frame of the first 8 GiB. In `.bss`, so that the frames themselves stay untouched: an emulator
/// allocates memory only for those that are written.
static HANDED_OUT: [AtomicU64; WORDS] = [const { AtomicU64::new(0) }; WORDS];
const WORDS: usize = ((8 << 30) / PAGE_SIZE / 64) as usize;

/// Marks a frame, and says whether it was marked before.
fn mark(address: u64) -> bool {
    let (word, bit) = place(address);
    HANDED_OUT[word].fetch_or(bit, Ordering::Relaxed) & bit != 0
}

/// Clears a frame's mark, and says whether it was there.
fn clear(address: u64) -> bool {
    let (word, bit) = place(address);
    HANDED_OUT[word].fetch_and(!bit, Ordering::Relaxed) & bit != 0
}

fn place(address: u64) -> (usize, u64) {
    let frame = address / PAGE_SIZE;
    ((frame / 64) as usize, 1 << (frame % 64))
}

/// What can be handed out: the loader's memory too, for the kernel has taken it over.
fn usable(boot_info: &BootInfo) -> impl Iterator<Item = &'static MemoryRegion> {
    let is_usable = |kind| matches!(kind, MemoryKind::USABLE | MemoryKind::LOADER_RECLAIMABLE);
    boot_info.memory_map.get().iter().filter(move |region| is_usable(region.kind))
}

fn is_usable(boot_info: &BootInfo, address: u64) -> bool {
    usable(boot_info).any(|region| region.range().contains(&address))
}

/// Frames that the kernel's start takes, for page tables of devices' registers.
const DRIVERS_FRAMES: u64 = 8;

fn the_statistics_are_those_of_the_memory_map(boot_info: &'static BootInfo) {
    let statistics = frames::statistics();
    let usable_bytes: u64 = usable(boot_info).map(MemoryRegion::len_bytes).sum();
    let own_bytes = usable_bytes - statistics.managed * PAGE_SIZE;
    assert!(own_bytes > 0 && own_bytes < usable_bytes / 1000, "{own_bytes} bytes for the allocator itself");
    let taken = statistics.managed - statistics.free;
    assert!(taken <= DRIVERS_FRAMES, "{taken} frames are handed out before any is asked for");
    assert_eq!(statistics.free, frames::free_count());
    assert!(statistics.longest_run <= statistics.free);
    assert!(statistics.free_large * 512 <= statistics.free);
}

fn every_usable_frame_is_handed_out_once_and_only_once(boot_info: &'static BootInfo) {
    let before = frames::statistics();
    let mut count = 0;
    while let Some(frame) = frames::allocate() {
        let address = frame.start_address().as_u64();
        assert!(!mark(address), "frame {address:#x} is handed out twice");
        assert!(is_usable(boot_info, address), "frame {address:#x} isn't usable");
        count += 1;
    }
    println!("\nframes handed out: {count}");
    assert_eq!(count, before.free);
    assert_eq!(frames::free_count(), 0);
    assert_eq!(frames::allocate_large(), None);
    assert_eq!(frames::allocate_contiguous(1, 1, u64::MAX), None);
    let mut not_handed_out = 0;
    for address in usable(boot_info).flat_map(|region| region.range().step_by(PAGE_SIZE as usize)) {
        if clear(address) {
            // SAFETY: handed out above, and never used.
            let freed = unsafe { frames::free_range(address..address + PAGE_SIZE) };
            assert_eq!(freed, Ok(()));
        } else {
            not_handed_out += 1;
        }
    }
    let usable_frames = usable(boot_info).map(MemoryRegion::len_bytes).sum::<u64>() / PAGE_SIZE;
    assert_eq!(
        not_handed_out,
        usable_frames - before.free,
        "the allocator's own words, and the drivers' tables"
    );
    assert_eq!(frames::statistics(), before);
}

fn large_frames_are_aligned_and_usable_to_the_end(boot_info: &'static BootInfo) {
    let before = frames::statistics();
    let mut count = 0;
    while let Some(large) = frames::allocate_large() {
        let address = large.start_address().as_u64();
        assert_eq!(address % LARGE_PAGE_SIZE, 0);
        assert!(is_usable(boot_info, address) && is_usable(boot_info, address + LARGE_PAGE_SIZE - 1));
        for frame in (address..address + LARGE_PAGE_SIZE).step_by(PAGE_SIZE as usize) {
            assert!(!mark(frame), "frame {frame:#x} is handed out twice");
        }
        count += 1;
    }
    assert_eq!(count, before.free_large);
    let last = 8u64 << 30;
    for address in (0..last).step_by(LARGE_PAGE_SIZE as usize).filter(|address| clear(*address)) {
        let large = address..address + LARGE_PAGE_SIZE;
        large.clone().step_by(PAGE_SIZE as usize).skip(1).for_each(|frame| assert!(clear(frame)));
        // SAFETY: handed out above, and never used.
        assert_eq!(unsafe { frames::free_range(large) }, Ok(()));
    }
    assert_eq!(frames::statistics(), before);
}

fn contiguous_frames_keep_to_their_limits(_: &'static BootInfo) {
    const ISA_DMA_END: u64 = 16 << 20;
    let before = frames::statistics();
    let dma = frames::allocate_contiguous(100_000, 0x1_0000, ISA_DMA_END).expect("low memory is free");
    assert_eq!((dma.end - dma.start, dma.start % 0x1_0000), (25 * PAGE_SIZE, 0));
    assert!(dma.end <= ISA_DMA_END);
    let large = frames::allocate_contiguous(3 << 20, 1, u64::MAX).expect("3 MiB are free");
    assert!(large.end <= dma.start || dma.end <= large.start);
    assert_eq!(frames::allocate_contiguous(1 << 40, 1, u64::MAX), None);
    assert_eq!(frames::allocate_contiguous(1, 1, 0), None);
    for range in [dma, large] {
        // SAFETY: handed out above, and never used.
        assert_eq!(unsafe { frames::free_range(range) }, Ok(()));
    }
    assert_eq!(frames::statistics(), before);
}

fn double_and_foreign_frees_are_errors(boot_info: &'static BootInfo) {
    let frame = frames::allocate().expect("a frame is free");
    let address = frame.start_address().as_u64();
    // SAFETY: handed out above, and never used.
    assert_eq!(unsafe { frames::free(frame) }, Ok(()));
    // SAFETY: as above; it is refused.
    assert_eq!(unsafe { frames::free(frame) }, Err(FreeError::AlreadyFree(address)));
    for foreign in [boot_info.kernel.page_table, boot_info.kernel.segments.get()[0].physical_address, 0] {
        let frame: PhysFrame = PhysFrame::containing_address(PhysAddr::new(foreign));
        // SAFETY: it is refused.
        assert_eq!(unsafe { frames::free(frame) }, Err(FreeError::NotManaged(foreign)));
    }
}
