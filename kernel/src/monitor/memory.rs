//! `mem`: the memory map, the frames, the heap.

use farjump_api::{MemoryKind, MemoryRegion};

use super::Monitor;
use super::command::{Command, CommandError};
use crate::memory::{LARGE_PAGE_SIZE, PAGE_SIZE, frames, heap};
use crate::println;

pub(super) const COMMANDS: &[Command] = &[Command {
    name: "mem",
    synopsis: "[map|frames|heap]",
    help: "the memory map, free frames and the heap, or one of them",
    run: mem,
}];

const PARTS: [(&str, fn()); 3] = [("map", print_map), ("frames", print_frames), ("heap", print_heap)];

fn mem<'a>(_: &Monitor, words: &[&'a str]) -> Result<(), CommandError<'a>> {
    let Some(word) = words.first() else {
        PARTS.iter().for_each(|(_, print)| print());
        return Ok(());
    };
    let part = PARTS.iter().find(|(name, _)| name == word);
    let (_, print) = part.ok_or_else(|| CommandError::unknown("part", word, PARTS.map(|(name, _)| name)))?;
    print();
    Ok(())
}

fn print_map() {
    let Some(boot_info) = crate::boot::info() else { return };
    for region in boot_info.memory_map.get() {
        let kib = region.len_bytes() >> 10;
        println!("{:#014x}..{:#014x} {kib:>10} KiB  {}", region.start, region.end, region.kind);
    }
    println!("RAM: {} KiB", boot_info.ram_bytes() >> 10);
}

fn print_frames() {
    let statistics = frames::statistics();
    let kib = |frames: u64| frames * (PAGE_SIZE >> 10);
    println!("frames: {} KiB free of {} KiB", kib(statistics.free), kib(statistics.managed));
    println!(
        "frames: {} of {} MiB are free, the longest free run has {} KiB",
        statistics.free_large,
        LARGE_PAGE_SIZE >> 20,
        kib(statistics.longest_run)
    );
    let loader = kib_of(MemoryKind::LOADER_RECLAIMABLE);
    println!("frames: {loader} KiB of them were the loader's");
}

fn kib_of(kind: MemoryKind) -> u64 {
    let regions = crate::boot::info().map_or(&[][..], |boot_info| boot_info.memory_map.get());
    let bytes: u64 = regions.iter().filter(|region| region.kind == kind).map(MemoryRegion::len_bytes).sum();
    bytes >> 10
}

fn print_heap() {
    let heap = heap::statistics();
    println!(
        "heap: {} bytes in {} allocations, {} KiB mapped",
        heap.allocated_bytes,
        heap.allocations,
        heap.mapped_bytes >> 10
    );
}
