//! Page tables: map, unmap, translate, protect, guard pages, W^X, and the end of the loader's page.

#![no_std]
#![no_main]
#![expect(clippy::cast_possible_truncation, reason = "usize and u64 are the same here")]

extern crate alloc;

use farjump_api::{BootInfo, CpuFeatures, MemoryKind, SegmentFlags};
use farjump_kernel::arch::trap;
use farjump_kernel::memory::pages::{self, PagesError, VirtualRegion};
use farjump_kernel::memory::paging::{self, PagingError};
use farjump_kernel::memory::{self, LARGE_PAGE_SIZE, PAGE_SIZE, Part, Protection, ReserveError, frames};
use farjump_kernel::println;
use test_kernels::{page_table, raise, test_kernel};
use x86_64::VirtAddr;
use x86_64::structures::paging::{Page, PageTableFlags as Flags, Size2MiB, Size4KiB};

test_kernel!(
    a_page_is_mapped_translated_and_unmapped,
    a_large_page_is_mapped_translated_and_unmapped,
    two_pages_of_one_frame_show_the_same_bytes,
    an_unmapped_page_is_gone_at_once,
    a_page_that_was_made_read_only_is_so_at_once,
    a_page_that_was_made_executable_is_so_at_once,
    a_range_lies_between_guard_pages,
    an_allocation_that_fails_leaks_nothing,
    ranges_that_could_not_be_mapped_are_freed,
    more_ranges_than_there_can_be_are_refused,
    pages_are_zero_whatever_the_frames_held,
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
    // SAFETY: the page is unused, and the frame is new.
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
    // SAFETY: the page is unused, and the frame is new.
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
        // SAFETY: the page is unused, and the frame is new.
        unsafe { paging::map(page, frame, Protection::ReadWrite) }.expect("it is unmapped");
        // SAFETY: as above; the frame holds one word, written and read as volatile.
        unsafe { paging::map(mirror, frame, Protection::ReadOnly) }.expect("it is unmapped");
        // SAFETY: just mapped, writable.
        unsafe { word(FREE_PAGE).write_volatile(round) };
        // SAFETY: just mapped. `an_unmapped_page_is_gone_at_once` is the test of the TLB: `map` flushes, too.
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

/// Whether a read of `address` faults.
fn read_faults(address: u64) -> bool {
    faults(|| raise!("mov rax, [rax]", rax = address))
}

/// Whether a write to `address` faults. One that doesn't writes zero.
fn write_faults(address: u64) -> bool {
    faults(|| raise!("mov [rax], rcx", rax = address))
}

/// Whether `access` is a page fault; execution continues after it.
fn faults(access: impl FnOnce()) -> bool {
    const PAGE_FAULT: u8 = 14;
    raise::expect(PAGE_FAULT);
    let before = trap::count(PAGE_FAULT);
    access();
    let has_faulted = trap::count(PAGE_FAULT) > before;
    trap::remove_handler(PAGE_FAULT);
    has_faulted
}

/// The TLB holds the page's entry, for it has just been read.
fn an_unmapped_page_is_gone_at_once(_: &'static BootInfo) {
    let (page, frame) = (small(FREE_PAGE), frames::allocate().expect("a frame is free"));
    // SAFETY: the page is unused, and the frame is new.
    unsafe { paging::map(page, frame, Protection::ReadWrite) }.expect("it is unmapped");
    assert!(!read_faults(FREE_PAGE), "a mapped page can be read");
    // SAFETY: nothing refers to it.
    unsafe { paging::unmap(page) }.expect("it is mapped");
    assert!(read_faults(FREE_PAGE), "a small page can be read after it was unmapped: the TLB still has it");
    // SAFETY: unmapped again.
    assert_eq!(unsafe { frames::free(frame) }, Ok(()));

    let large_page: Page<Size2MiB> = Page::containing_address(VirtAddr::new(FREE_PAGE));
    let large_frame = frames::allocate_large().expect("a large frame is free");
    // SAFETY: the page is unused, and the frame is new.
    unsafe { paging::map(large_page, large_frame, Protection::ReadWrite) }
        .expect_err("the table of the small pages is there");
    let large_page = large_page + 1;
    let address = large_page.start_address().as_u64();
    // SAFETY: as above.
    unsafe { paging::map(large_page, large_frame, Protection::ReadWrite) }.expect("it is unmapped");
    assert!(!write_faults(address), "a mapped page can be written");
    // SAFETY: nothing refers to it.
    unsafe { paging::unmap(large_page) }.expect("it is mapped");
    assert!(write_faults(address), "a large page can be written after it was unmapped: the TLB still has it");
    // SAFETY: unmapped again.
    assert_eq!(unsafe { frames::free(large_frame) }, Ok(()));

    let range = {
        let pages = VirtualRegion::new("dropped", 2 * PAGE_SIZE, Protection::ReadWrite);
        let range = pages.as_ref().expect("there is memory").range();
        assert!(!write_faults(range.end - 8), "it can be written");
        range
    };
    assert!(
        write_faults(range.end - 8),
        "pages can be written after they were dropped: the TLB still has one"
    );
}

fn a_page_that_was_made_read_only_is_so_at_once(_: &'static BootInfo) {
    let pages = VirtualRegion::new("protected", 2 * PAGE_SIZE, Protection::ReadWrite);
    let pages = pages.expect("there is memory");
    let addresses = [pages.range().start, pages.range().end - 8];
    assert!(addresses.iter().all(|address| !write_faults(*address)), "a writable page can be written");
    let pages = pages.protect(Protection::ReadOnly).expect("it is mapped");
    for address in addresses {
        assert!(
            write_faults(address),
            "a page can be written after it was made read-only: the TLB still says so"
        );
    }
    let _pages = pages.protect(Protection::ReadWrite).expect("it is mapped");
    assert!(addresses.iter().all(|address| !write_faults(*address)), "it can be written again");
}

/// And not before: an entry in the TLB must not say otherwise either.
fn a_page_that_was_made_executable_is_so_at_once(boot_info: &'static BootInfo) {
    if !boot_info.cpu_features.contains(CpuFeatures::NO_EXECUTE) {
        return;
    }
    let code = VirtualRegion::new("code", PAGE_SIZE, Protection::ReadWrite).expect("there is memory");
    let start = code.range().start;
    // JMP R15, which continues where `raise!` does, whether it faults or not.
    // SAFETY: mapped, writable, and only this test's.
    unsafe { word(start).cast::<[u8; 3]>().write([0x41, 0xFF, 0xE7]) };
    let runs = || !faults(|| raise!("jmp rax", rax = start));
    assert!(!runs(), "a writable page can be executed");
    let code = code.protect(Protection::ReadExecute).expect("it is mapped");
    assert!(runs(), "it can't be executed after it was made so");
    let _code = code.protect(Protection::ReadOnly).expect("it is mapped");
    assert!(!runs(), "a page can be executed after it was made read-only: the TLB still says so");
}

fn a_range_lies_between_guard_pages(boot_info: &'static BootInfo) {
    let free_before = frames::free_count();
    let stack =
        VirtualRegion::new("a stack", 3 * PAGE_SIZE - 5, Protection::ReadWrite).expect("there is memory");
    let range = stack.range();
    assert_eq!(range.end - range.start, 3 * PAGE_SIZE);
    for page in range.clone().step_by(PAGE_SIZE as usize) {
        // SAFETY: mapped, and only this test's.
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

fn an_allocation_that_fails_leaks_nothing(_: &'static BootInfo) {
    let free_before = frames::free_count();
    for size in [(free_before + 1) * PAGE_SIZE, free_before * PAGE_SIZE, 1 << 62, u64::MAX] {
        let verdict = VirtualRegion::new("too much", size, Protection::ReadWrite);
        println!("\n{}", verdict.expect_err("there isn't so much"));
        assert_eq!(frames::free_count(), free_before);
    }
}

/// More tries than there can be ranges.
const TRIES: usize = 600;

fn ranges_that_could_not_be_mapped_are_freed(_: &'static BootInfo) {
    let no_frames = Some(PagesError::Paging(PagingError::OutOfFrames));
    for number in 0..TRIES {
        let too_much = (frames::free_count() + 1) * PAGE_SIZE;
        let refused = VirtualRegion::new("too much", too_much, Protection::ReadWrite).err();
        assert_eq!(refused, no_frames, "try {number}: the ranges of those before were not freed");
    }
    let pages = VirtualRegion::new("a page", PAGE_SIZE, Protection::ReadWrite);
    pages.expect("there is room for a range after others that failed");
}

fn more_ranges_than_there_can_be_are_refused(_: &'static BootInfo) {
    // The heap keeps its first page and the tables of it.
    drop(alloc::vec::Vec::<u8>::with_capacity(1));
    farjump_kernel::memory::heap::trim();
    let free_before = frames::free_count();
    let new = || VirtualRegion::new("one of many", PAGE_SIZE, Protection::ReadWrite);
    for round in 0..2 {
        let mut ranges = alloc::vec::Vec::new();
        let refused = loop {
            match new() {
                Ok(pages) if ranges.len() < TRIES => ranges.push(pages),
                Ok(_) => panic!("{TRIES} ranges"),
                Err(error) => break error,
            }
        };
        let is_right = matches!(refused, PagesError::Reserve(ReserveError::TooManyRanges(_)));
        assert!(is_right, "round {round}: {refused}");
        drop(ranges);
        assert!(new().is_ok(), "round {round}: there is room again");
        farjump_kernel::memory::heap::trim();
    }
    assert_eq!(frames::free_count(), free_before, "frames and tables are back");
}

fn pages_are_zero_whatever_the_frames_held(_: &'static BootInfo) {
    const SIZE: u64 = 16 * PAGE_SIZE;
    for round in 0..2 {
        let pages = VirtualRegion::new("dirty", SIZE, Protection::ReadWrite).expect("there is memory");
        for address in pages.range().step_by(8) {
            // SAFETY: mapped, and only this test's.
            let held = unsafe { word(address).read_volatile() };
            assert_eq!(held, 0, "round {round}: the word at {address:#x}");
            // SAFETY: mapped, writable, and only this test's.
            unsafe { word(address).write_volatile(u64::MAX) };
        }
    }
}

fn no_page_is_both_writable_and_executable(boot_info: &'static BootInfo) {
    let asked = Protection::try_from(SegmentFlags::READ | SegmentFlags::WRITE | SegmentFlags::EXECUTE);
    println!("\n{}", asked.expect_err("W^X"));
    let flags_of = |code: &VirtualRegion| {
        let translation = paging::translate(VirtAddr::new(code.range().start)).expect("it is mapped");
        (translation.flags.contains(Flags::WRITABLE), !translation.flags.contains(Flags::NO_EXECUTE))
    };
    let code = VirtualRegion::new("code", PAGE_SIZE, Protection::ReadWrite).expect("there is memory");
    let first: *mut [u8; 4] = core::ptr::with_exposed_provenance_mut(code.range().start as usize);
    // SAFETY: mapped, writable, and only this test's. The bytes are `lea eax, [rdi + 1]`, then `ret`.
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
    assert_eq!(memory::reclaim_loader(), Ok(0), "once and for all");
    let mut regions = boot_info.memory_map.get().iter();
    let stage_2 = regions.find(|region| region.kind == MemoryKind::LOADER_RECLAIMABLE);
    // Low memory is handed out last: no test has taken a frame of it.
    let first = stage_2.expect("it was somewhere").start;
    assert!(frames::is_free(first), "{first:#x} can be handed out");
}
