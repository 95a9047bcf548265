//! The memory map: its form, and that what it calls usable can be used to the last byte without harm.

#![no_std]
#![no_main]
#![expect(clippy::cast_possible_truncation, reason = "usize and u64 are the same here")]

use farjump_api::{BootInfo, MemoryKind, MemoryRegion};
use farjump_kernel::println;
use test_kernels::{page_table, test_kernel};

test_kernel!(
    regions_ascend_and_are_disjoint_whole_pages_and_joined,
    everything_passed_to_the_kernel_is_marked,
    all_ram_is_mapped_and_nothing_of_it_executable,
    every_usable_page_keeps_what_is_written_and_nothing_else_changes,
);

const PAGE_SIZE: u64 = 4096;

fn regions_ascend_and_are_disjoint_whole_pages_and_joined(boot_info: &'static BootInfo) {
    let regions = boot_info.memory_map.get();
    assert!(regions.iter().any(|region| region.kind == MemoryKind::USABLE));
    for region in regions {
        assert!(region.start < region.end, "{region:?}");
        assert_eq!(region.start % PAGE_SIZE, 0);
        assert_eq!(region.end % PAGE_SIZE, 0);
    }
    for pair in regions.windows(2) {
        assert!(pair[0].end <= pair[1].start, "{pair:?}");
        assert!(pair[0].end < pair[1].start || pair[0].kind != pair[1].kind, "{pair:?} aren't joined");
    }
}

fn everything_passed_to_the_kernel_is_marked(boot_info: &'static BootInfo) {
    let offset = boot_info.physical_memory_offset;
    let in_offset = |pointer: u64| pointer - offset;
    // The structure itself is copied into the kernel at its entry; what it points to isn't.
    assert_kind(boot_info, in_offset(boot_info.memory_map.get().as_ptr().addr() as u64), MemoryKind::KERNEL);
    assert_kind(
        boot_info,
        in_offset(boot_info.kernel.segments.get().as_ptr().addr() as u64),
        MemoryKind::KERNEL,
    );
    assert_kind(boot_info, boot_info.kernel.page_table, MemoryKind::KERNEL);
    assert_kind(boot_info, boot_info.kernel.trampoline_page, MemoryKind::LOADER_RECLAIMABLE);
    for segment in boot_info.kernel.segments.get() {
        for page in (0..segment.size).step_by(PAGE_SIZE as usize) {
            assert_kind(boot_info, segment.physical_address + page, MemoryKind::KERNEL);
        }
    }
    let stack = boot_info.kernel.stack_top - boot_info.kernel.stack_size..boot_info.kernel.stack_top;
    for page in stack.step_by(PAGE_SIZE as usize) {
        let mapping = page_table::find(boot_info, page).expect("the stack is mapped");
        assert_kind(boot_info, mapping.physical_address, MemoryKind::KERNEL);
    }
}

fn assert_kind(boot_info: &BootInfo, address: u64, kind: MemoryKind) {
    let region = boot_info.memory_map.get().iter().find(|region| region.range().contains(&address));
    assert_eq!(region.map(|region| region.kind), Some(kind), "at {address:#x}");
}

fn all_ram_is_mapped_and_nothing_of_it_executable(boot_info: &'static BootInfo) {
    for region in boot_info.memory_map.get().iter().filter(|region| region.kind.is_ram()) {
        let mut physical = region.start;
        while physical < region.end {
            let address = boot_info.physical_memory_offset + physical;
            let mapping = page_table::find(boot_info, address).expect("all physical memory is mapped");
            assert_eq!(mapping.physical_address + (address - mapping.virtual_address), physical);
            assert!(!mapping.is_writable_and_executable(), "{mapping:?}");
            physical = (physical & !(mapping.size - 1)) + mapping.size;
        }
    }
}

fn every_usable_page_keeps_what_is_written_and_nothing_else_changes(boot_info: &'static BootInfo) {
    let usable = || boot_info.memory_map.get().iter().filter(|region| region.kind == MemoryKind::USABLE);
    let pages = || usable().flat_map(|region| (region.start..region.end).step_by(PAGE_SIZE as usize));
    for page in pages() {
        // SAFETY: nothing lives in usable memory.
        unsafe { word(boot_info, page).write_volatile(!page) };
        // SAFETY: as above: the page's last word.
        unsafe { word(boot_info, page + PAGE_SIZE - 8).write_volatile(page) };
    }
    for page in pages() {
        // SAFETY: as above.
        let first = unsafe { word(boot_info, page).read_volatile() };
        // SAFETY: as above.
        let last = unsafe { word(boot_info, page + PAGE_SIZE - 8).read_volatile() };
        assert_eq!((first, last), (!page, page), "page {page:#x}");
    }
    let kib = usable().map(MemoryRegion::len_bytes).sum::<u64>() >> 10;
    println!("{kib} KiB written and read");
}

fn word(boot_info: &BootInfo, physical: u64) -> *mut u64 {
    core::ptr::with_exposed_provenance_mut((boot_info.physical_memory_offset + physical) as usize)
}
