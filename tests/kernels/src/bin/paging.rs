//! Page tables: map, unmap, translate, protect, guard pages, W^X, and the end of the loader's page.

#![no_std]
#![no_main]
#![expect(clippy::cast_possible_truncation, reason = "usize and u64 are the same here")]

use boot_protocol::{BootInfo, CpuFeatures, MemoryKind, SegmentFlags};
use kernel::memory::pages::{self, KernelPages};
use kernel::memory::paging::{self, PagingError};
use kernel::memory::{self, LARGE_PAGE_SIZE, PAGE_SIZE, Part, Protection, frames};
use kernel::println;
use test_kernels::{page_table, test_kernel};
use x86_64::VirtAddr;
use x86_64::structures::paging::{Page, PageTableFlags as Flags, Size2MiB, Size4KiB};

test_kernel!(
    a_page_is_mapped_translated_and_unmapped,
    a_large_page_is_mapped_translated_and_unmapped,
    two_pages_of_one_frame_show_the_same_bytes,
    a_range_lies_between_guard_pages,
    memory_that_cannot_be_had_leaves_nothing_behind,
    no_page_is_both_writable_and_executable,
    nothing_is_left_of_the_loader,
);

/// In no area of the loader's or the kernel's.
const FREE_PAGE: u64 = 0xFFFF_C000_0020_0000;

fn small(address: u64) -> Page<Size4KiB> {
    Page::containing_address(VirtAddr::new(address))
}

fn word(address: u64) -> *mut u64 {
    core::ptr::with_exposed_provenance_mut(address as usize)
}

fn a_page_is_mapped_translated_and_unmapped(_: &'static BootInfo) {
    let (page, frame) = (small(FREE_PAGE), frames::allocate().expect("a frame is free"));
    assert_eq!(paging::translate(page.start_address()), None);
    // SAFETY: nobody uses the page, and the frame is new.
    unsafe { paging::map(page, frame, Protection::ReadWrite) }.expect("it is unmapped");
    let translation = paging::translate(page.start_address() + 8u64).expect("it is mapped");
    assert_eq!(translation.physical_address, frame.start_address() + 8u64);
    assert_eq!(translation.page_size, PAGE_SIZE);
    // SAFETY: just mapped, writable.
    unsafe { word(FREE_PAGE).write_volatile(0x1234) };
    // SAFETY: it is refused.
    let twice = unsafe { paging::map(page, frame, Protection::ReadOnly) };
    assert_eq!(twice, Err(PagingError::AlreadyMapped(page.start_address())));
    // SAFETY: nothing refers to it.
    assert_eq!(unsafe { paging::unmap(page) }, Ok(frame));
    assert_eq!(paging::translate(page.start_address()), None);
    // SAFETY: it is refused.
    assert_eq!(unsafe { paging::unmap(page) }, Err(PagingError::NotMapped(page.start_address())));
    // SAFETY: unmapped again.
    assert_eq!(unsafe { frames::free(frame) }, Ok(()));
}

fn a_large_page_is_mapped_translated_and_unmapped(_: &'static BootInfo) {
    let page: Page<Size2MiB> = Page::containing_address(VirtAddr::new(FREE_PAGE + LARGE_PAGE_SIZE));
    let frame = frames::allocate_large().expect("a large frame is free");
    // SAFETY: nobody uses the page, and the frame is new.
    unsafe { paging::map(page, frame, Protection::ReadWrite) }.expect("it is unmapped");
    let last = page.start_address() + (LARGE_PAGE_SIZE - 8);
    let translation = paging::translate(last).expect("it is mapped");
    assert_eq!(translation.physical_address, frame.start_address() + (LARGE_PAGE_SIZE - 8));
    assert_eq!(translation.page_size, LARGE_PAGE_SIZE);
    // SAFETY: just mapped, writable.
    unsafe { word(last.as_u64()).write_volatile(0x5678) };
    let within: Page<Size4KiB> = Page::containing_address(last);
    // SAFETY: it is refused.
    let part = unsafe { paging::unmap(within) };
    assert_eq!(part, Err(PagingError::InLargerPage(within.start_address())));
    // SAFETY: nothing refers to it.
    assert_eq!(unsafe { paging::unmap(page) }, Ok(frame));
    // SAFETY: unmapped again.
    assert_eq!(unsafe { frames::free(frame) }, Ok(()));
}

fn two_pages_of_one_frame_show_the_same_bytes(_: &'static BootInfo) {
    let frames = [(); 2].map(|()| frames::allocate().expect("a frame is free"));
    let page = small(FREE_PAGE);
    let mirror = small(FREE_PAGE + PAGE_SIZE);
    for (round, frame) in (1..).zip(frames) {
        // SAFETY: nobody uses the page, and the frame is new.
        unsafe { paging::map(page, frame, Protection::ReadWrite) }.expect("it is unmapped");
        // SAFETY: as above; the frame holds one word, written and read as volatile.
        unsafe { paging::map(mirror, frame, Protection::ReadOnly) }.expect("it is unmapped");
        // SAFETY: just mapped, writable.
        unsafe { word(FREE_PAGE).write_volatile(round) };
        // SAFETY: just mapped. A stale TLB entry would show the last round's frame.
        assert_eq!(unsafe { word(FREE_PAGE + PAGE_SIZE).read_volatile() }, round);
        // SAFETY: nothing refers to it.
        unsafe { paging::unmap(page) }.expect("it is mapped");
        // SAFETY: nothing refers to it.
        unsafe { paging::unmap(mirror) }.expect("it is mapped");
    }
    for frame in frames {
        // SAFETY: unmapped again.
        assert_eq!(unsafe { frames::free(frame) }, Ok(()));
    }
}

fn a_range_lies_between_guard_pages(boot_info: &'static BootInfo) {
    let free_before = frames::free_count();
    let stack =
        KernelPages::new("a stack", 3 * PAGE_SIZE - 5, Protection::ReadWrite).expect("there is memory");
    let range = stack.range();
    assert_eq!(range.end - range.start, 3 * PAGE_SIZE);
    for page in range.clone().step_by(PAGE_SIZE as usize) {
        // SAFETY: mapped, and nobody else's.
        assert_eq!(unsafe { word(page).read_volatile() }, 0);
    }
    assert_eq!(page_table::find(boot_info, range.start - 1), None);
    assert_eq!(page_table::find(boot_info, range.end), None);
    assert_eq!(pages::owner(range.start - 1), Some(("a stack", Part::GuardBelow)));
    assert_eq!(pages::owner(range.start), Some(("a stack", Part::Pages)));
    assert_eq!(pages::owner(range.end), Some(("a stack", Part::GuardAbove)));
    drop(stack);
    assert_eq!(page_table::find(boot_info, range.start), None);
    assert_eq!(pages::owner(range.start), None);
    assert_eq!(frames::free_count(), free_before, "frames and tables are back");
}

fn memory_that_cannot_be_had_leaves_nothing_behind(_: &'static BootInfo) {
    let free_before = frames::free_count();
    for size in [(free_before + 1) * PAGE_SIZE, free_before * PAGE_SIZE, 1 << 62, u64::MAX] {
        let verdict = KernelPages::new("too much", size, Protection::ReadWrite);
        println!("\n{}", verdict.expect_err("there isn't so much"));
        assert_eq!(frames::free_count(), free_before);
    }
}

fn no_page_is_both_writable_and_executable(boot_info: &'static BootInfo) {
    let asked = Protection::try_from(SegmentFlags::READ | SegmentFlags::WRITE | SegmentFlags::EXECUTE);
    println!("\n{}", asked.expect_err("W^X"));
    let flags_of = |code: &KernelPages| {
        let translation = paging::translate(VirtAddr::new(code.range().start)).expect("it is mapped");
        (translation.flags.contains(Flags::WRITABLE), !translation.flags.contains(Flags::NO_EXECUTE))
    };
    let code = KernelPages::new("code", PAGE_SIZE, Protection::ReadWrite).expect("there is memory");
    let first: *mut [u8; 4] = core::ptr::with_exposed_provenance_mut(code.range().start as usize);
    // SAFETY: mapped, writable, and nobody else's. The bytes are `lea eax, [rdi + 1]`, then `ret`.
    unsafe { first.write([0x8D, 0x47, 0x01, 0xC3]) };
    let no_execute = boot_info.cpu_features.contains(CpuFeatures::NO_EXECUTE);
    assert_eq!(flags_of(&code), (true, !no_execute));
    let code = code.protect(Protection::ReadExecute).expect("it is mapped");
    assert_eq!((flags_of(&code), code.protection()), ((false, true), Protection::ReadExecute));
    // SAFETY: the bytes above are a function of this type.
    let add_one: extern "sysv64" fn(u32) -> u32 = unsafe { core::mem::transmute(first) };
    assert_eq!(add_one(41), 42);
    if no_execute {
        page_table::for_each(boot_info, |mapping| {
            assert!(!mapping.is_writable_and_executable(), "{mapping:?}")
        });
    }
}

fn nothing_is_left_of_the_loader(boot_info: &'static BootInfo) {
    assert_eq!(page_table::find(boot_info, boot_info.kernel.trampoline_page), None);
    page_table::for_each(boot_info, |mapping| assert!(mapping.virtual_address >= 1 << 47, "{mapping:?}"));
    assert_eq!(memory::release_loader(), Ok(0), "once and for all");
    let mut regions = boot_info.memory_map.get().iter();
    let stage_2 = regions.find(|region| region.kind == MemoryKind::LOADER_RECLAIMABLE);
    // Low memory is handed out last: no test has taken a frame of it.
    let first = stage_2.expect("it was somewhere").start;
    assert!(frames::is_free(first), "{first:#x} can be handed out");
}
