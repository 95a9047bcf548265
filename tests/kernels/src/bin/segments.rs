//! The kernel's own segments: their bytes, their rights, and `.bss`.

#![no_std]
#![no_main]

use core::sync::atomic::{AtomicUsize, Ordering};

use farjump_api::{BootInfo, CpuFeatures, SegmentFlags};
use test_kernels::{page_table, test_kernel};
use x86_64::structures::paging::PageTableFlags as Flags;

test_kernel!(
    as_entered,
    data_has_the_files_bytes,
    bss_is_zero,
    segments_are_mapped_as_the_elf_file_says,
    nothing_is_both_writable_and_executable,
    only_the_trampoline_is_mapped_in_the_lower_half,
);

/// Spans several pages, and ends in the middle of one. Atomics, because those are what `.data` is for.
static DATA: [AtomicUsize; 1500] = {
    let mut data = [const { AtomicUsize::new(0) }; 1500];
    let mut index = 0;
    while index < data.len() {
        data[index] = AtomicUsize::new(index ^ 0xA5A5);
        index += 1;
    }
    data
};

static BSS: [AtomicUsize; 100_000] = [const { AtomicUsize::new(0) }; 100_000];

fn data_has_the_files_bytes(_: &'static BootInfo) {
    for (index, word) in DATA.iter().enumerate() {
        assert_eq!(word.swap(0, Ordering::Relaxed), index ^ 0xA5A5);
    }
}

fn bss_is_zero(_: &'static BootInfo) {
    for (index, word) in BSS.iter().enumerate() {
        assert_eq!(word.swap(usize::MAX, Ordering::Relaxed), 0, "word {index}");
    }
}

fn segments_are_mapped_as_the_elf_file_says(boot_info: &'static BootInfo) {
    let segments = boot_info.kernel.segments.get();
    let flags_of = |address: usize| {
        let segment = segments.iter().find(|segment| {
            (segment.virtual_address..segment.virtual_address + segment.size).contains(&(address as u64))
        });
        segment.map(|segment| segment.flags)
    };
    let code: fn(&'static BootInfo) = bss_is_zero;
    assert_eq!(flags_of(code as usize), Some(SegmentFlags::READ | SegmentFlags::EXECUTE));
    assert_eq!(flags_of("text".as_ptr().addr()), Some(SegmentFlags::READ));
    assert_eq!(flags_of(DATA.as_ptr().addr()), Some(SegmentFlags::READ | SegmentFlags::WRITE));
    for segment in segments {
        for offset in (0..segment.size).step_by(4096) {
            let mapping =
                page_table::find(boot_info, segment.virtual_address + offset).expect("it is mapped");
            assert_eq!(mapping.size, 4096);
            assert_eq!(mapping.physical_address, segment.physical_address + offset);
            assert_eq!(mapping.flags.contains(Flags::WRITABLE), segment.flags.contains(SegmentFlags::WRITE));
            let executable = !mapping.flags.contains(Flags::NO_EXECUTE);
            assert_eq!(
                executable,
                segment.flags.contains(SegmentFlags::EXECUTE) || !has_no_execute(boot_info)
            );
        }
    }
}

fn nothing_is_both_writable_and_executable(boot_info: &'static BootInfo) {
    if !has_no_execute(boot_info) {
        return; // the loader can't guarantee what it can't forbid
    }
    page_table::for_each(boot_info, |mapping| assert!(!mapping.is_writable_and_executable(), "{mapping:?}"));
}

fn only_the_trampoline_is_mapped_in_the_lower_half(boot_info: &'static BootInfo) {
    let mut count = 0;
    page_table::for_each(boot_info, |mapping| {
        if mapping.virtual_address < 1 << 47 {
            assert_eq!(mapping.virtual_address, boot_info.kernel.trampoline_page);
            assert!(!mapping.flags.contains(Flags::WRITABLE));
            count += 1;
        }
    });
    assert_eq!(count, 1);
}

fn has_no_execute(boot_info: &BootInfo) -> bool {
    boot_info.cpu_features.contains(CpuFeatures::NO_EXECUTE)
}
