//! The heap: `alloc`'s collections, growth to 64 MiB and back, and its end, which is an error.

#![no_std]
#![no_main]

extern crate alloc;

use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::alloc::Layout;
use core::hint::black_box;

use farjump_api::BootInfo;
use farjump_kernel::memory::{PAGE_SIZE, frames, heap};
use farjump_kernel::println;
use test_kernels::test_kernel;

const MIB: usize = 1 << 20;

test_kernel!(
    nothing_is_mapped_before_the_first_allocation,
    collections_work,
    every_alignment_is_kept,
    it_grows_to_64_mib_and_back,
    its_end_is_an_error_that_the_caller_sees,
);

fn nothing_is_mapped_before_the_first_allocation(_: &'static BootInfo) {
    assert_eq!(heap::statistics().mapped_bytes, 0);
    assert_eq!(heap::trim(), 0);
}

fn collections_work(_: &'static BootInfo) {
    let before = heap::statistics().allocations;
    let squares: Vec<u64> = (0..10_000).map(|number| number * number).collect();
    assert_eq!(squares.iter().sum::<u64>(), 333_283_335_000);
    let mut names: BTreeMap<u32, String> = (0..1000).map(|key| (key, format!("name {key}"))).collect();
    names.retain(|key, _| key % 3 == 0);
    assert_eq!(names.len(), 334);
    assert_eq!(names.get(&999).map(String::as_str), Some("name 999"));
    let boxed: Box<dyn Fn(usize) -> u64> = Box::new(move |index: usize| squares[index]);
    assert_eq!(boxed(99), 9801);
    drop((names, boxed));
    assert_eq!(heap::statistics().allocations, before);
}

fn every_alignment_is_kept(_: &'static BootInfo) {
    for shift in 0..22 {
        let layout = Layout::from_size_align(24, 1 << shift).expect("a power of two");
        // SAFETY: the size isn't zero.
        let pointer = unsafe { alloc::alloc::alloc(layout) };
        assert!(!pointer.is_null() && pointer.addr() % (1 << shift) == 0, "alignment {:#x}", 1 << shift);
        // SAFETY: allocated above with the same layout.
        unsafe { alloc::alloc::dealloc(pointer, layout) };
    }
}

fn it_grows_to_64_mib_and_back(_: &'static BootInfo) {
    heap::trim();
    let (heap_before, free_before) = (heap::statistics(), frames::free_count());
    let blocks: Vec<Vec<u8>> = (0..64).map(|number| alloc::vec![number; MIB]).collect();
    let grown = heap::statistics();
    println!("\nheap at most: {} KiB", grown.mapped_bytes >> 10);
    assert!(grown.mapped_bytes >= 64 * MIB as u64 && grown.allocated_bytes >= 64 * MIB as u64);
    assert!(free_before - frames::free_count() >= grown.mapped_bytes / PAGE_SIZE - 64);
    assert!((0..).zip(&blocks).all(|(number, block)| block.iter().all(|byte| *byte == number)));
    drop(blocks);
    assert_eq!(heap::statistics().mapped_bytes, grown.mapped_bytes, "memory is returned by `trim`");
    assert!(heap::trim() >= 64 * MIB as u64);
    assert_eq!(heap::statistics(), heap_before);
    assert_eq!(frames::free_count(), free_before, "frames and tables are back");
}

fn its_end_is_an_error_that_the_caller_sees(_: &'static BootInfo) {
    heap::trim();
    let free_before = frames::free_count();
    for absurd in [1 << 40, isize::MAX as usize, usize::MAX] {
        assert!(Vec::<u8>::new().try_reserve(absurd).is_err());
        assert_eq!(frames::free_count(), free_before, "nothing is taken for what can't be had");
    }
    let mut blocks: Vec<Vec<u8>> = Vec::with_capacity(4096);
    loop {
        let mut block = Vec::new();
        if block.try_reserve_exact(MIB).is_err() {
            break;
        }
        blocks.push(block);
    }
    println!("\n{} blocks of 1 MiB of {free_before} frames, {} left", blocks.len(), frames::free_count());
    assert!(frames::free_count() <= 2 * MIB as u64 / PAGE_SIZE, "all but the rest was had");
    let layout = Layout::new::<[u8; MIB]>();
    // SAFETY: the size isn't zero.
    let pointer = unsafe { alloc::alloc::alloc(layout) };
    assert!(black_box(pointer).is_null(), "a compiler may leave out an unused allocation");
    drop(blocks);
    heap::trim();
    assert_eq!(frames::free_count(), free_before);
    assert_eq!(alloc::vec![7u8; MIB].len(), MIB, "and it works again");
}
