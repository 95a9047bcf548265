//! The mapping of physical memory above 4 GiB: RAM to the page, and nothing else; and a kernel that has so much of it.

#![no_std]
#![no_main]

extern crate alloc;

use alloc::vec::Vec;
use core::cell::Cell;

use farjump_api::{BootInfo, MemoryRegion};
use farjump_kernel::memory::access::{self, AccessError};
use farjump_kernel::thread::{self, Builder, ExitReason};
use farjump_kernel::{exit, println};
use test_kernels::page_table::{self, Mapping};
use test_kernels::test_kernel;

test_kernel!(
    above_4_gib_ram_is_mapped_and_nothing_else,
    the_edges_of_ram_can_be_read_and_the_holes_beside_them_cannot,
    there_is_a_heap,
    there_are_threads,
);

const FOUR_GIB: u64 = 4 << 30;
const PAGE_SIZE: u64 = 4096;

/// RAM above 4 GiB, by the memory map.
fn high_ram(boot_info: &BootInfo) -> impl Iterator<Item = &'static MemoryRegion> + Clone {
    let regions = boot_info.memory_map.get().iter();
    regions.filter(|region| region.kind.lies_in_ram() && region.start >= FOUR_GIB)
}

fn above_4_gib_ram_is_mapped_and_nothing_else(boot_info: &'static BootInfo) {
    let start = boot_info.physical_memory_offset + FOUR_GIB;
    let end = boot_info.physical_memory_offset + boot_info.physical_memory_size;
    let (mapped, pages) = (Cell::new(0), [const { Cell::new(0) }; 3]);
    page_table::for_each(boot_info, |page| {
        if page.virtual_address < start || page.virtual_address >= end {
            return;
        }
        assert_eq!(page.virtual_address - boot_info.physical_memory_offset, page.physical_address);
        assert!(!page.is_writable_and_executable(), "{page:?}");
        assert!(is_ram(boot_info, &page), "{page:x?} reaches out of RAM");
        mapped.set(mapped.get() + page.size);
        let sizes = [PAGE_SIZE, 2 << 20, 1 << 30];
        let count =
            sizes.iter().zip(&pages).find(|(size, _)| **size == page.size).expect("a size of pages").1;
        count.set(count.get() + 1);
    });
    let [small, large, huge] = pages.map(|count| count.get());
    println!("\npages above 4 GiB: {small} of 4 KiB, {large} of 2 MiB, {huge} of 1 GiB");
    assert_eq!(mapped.get(), high_ram(boot_info).map(MemoryRegion::len_bytes).sum::<u64>());
    assert!(mapped.get() > 0, "this machine has no memory above 4 GiB");
}

fn is_ram(boot_info: &BootInfo, page: &Mapping) -> bool {
    let (start, end) = (page.physical_address, page.physical_address + page.size);
    let overlap = |region: &MemoryRegion| region.end.min(end).saturating_sub(region.start.max(start));
    high_ram(boot_info).map(overlap).sum::<u64>() == page.size
}

fn the_edges_of_ram_can_be_read_and_the_holes_beside_them_cannot(boot_info: &'static BootInfo) {
    let at = |physical: u64| boot_info.physical_memory_offset + physical;
    for region in high_ram(boot_info) {
        assert!(access::read(at(region.start)).is_ok() && access::read(at(region.end - 1)).is_ok());
        let neighbours = [region.start - 1, region.end];
        let is_hole = |physical: &u64| {
            *physical >= FOUR_GIB && !high_ram(boot_info).any(|other| other.range().contains(physical))
        };
        for physical in neighbours.into_iter().filter(is_hole) {
            let verdict = access::read(at(physical));
            assert!(matches!(verdict, Err(AccessError::NotMapped(_))), "{physical:#x}: {verdict:?}");
            println!("\na hole at {physical:#x}");
        }
    }
}

fn there_is_a_heap(_: &'static BootInfo) {
    let mut numbers: Vec<usize> = Vec::new();
    assert_eq!(numbers.try_reserve(1 << 17), Ok(()), "a MiB");
    numbers.extend(0..1 << 17);
    assert_eq!(numbers.iter().sum::<usize>(), ((1 << 17) * ((1 << 17) - 1)) / 2);
}

fn there_are_threads(_: &'static BootInfo) {
    thread::start_as_told(None);
    let thread = Builder::new("another").spawn(|| println!("\nanother thread runs"));
    assert_eq!(thread.expect("there is memory for it").join(), ExitReason::Exited);
    assert!(!exit::start_has_failed());
}
