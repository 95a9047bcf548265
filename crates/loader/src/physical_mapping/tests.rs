//! Compares what is mapped with the memory map: above 4 GiB, exactly the pages of RAM.

use super::*;
use crate::memory_map::FirmwareRegion;
use farjump_api::MemoryKind;
use proptest::prelude::*;

const GIB: u64 = GIB_PAGE_SIZE;
const MIB: u64 = 1 << 20;
const KIB: u64 = 1 << 10;

/// Returns a map with 64 MiB of RAM and these regions: start, end, the firmware's kind.
fn map(entries: &[(u64, u64, u32)]) -> MemoryMap {
    let entries = [&[(MIB, 64 * MIB, 1)], entries].concat();
    let entry = |(start, end, kind)| FirmwareRegion { start, length: end - start, kind, attributes: 1 };
    let mut map = MemoryMap::new();
    map.set_from_firmware(&entries.into_iter().map(entry).collect::<Vec<_>>()).unwrap();
    map
}

/// Returns all extents above 4 GiB: start, end, bytes of a page.
fn extents(map: &MemoryMap, has_gib_pages: bool) -> Vec<(u64, u64, u64)> {
    let first = extent_from(map, 0, has_gib_pages);
    assert_eq!(first, Some(Extent { range: 0..FULLY_MAPPED_END, page_size: LARGE_PAGE_SIZE }));
    let next = |extent: &Extent| extent_from(map, extent.range.end, has_gib_pages);
    let all = std::iter::successors(first, next).skip(1);
    all.map(|extent| (extent.range.start, extent.range.end, extent.page_size)).collect()
}

#[test]
fn a_machine_with_less_than_4_gib_has_these_mapped_and_nothing_else() {
    assert_eq!(extents(&map(&[(3 * GIB, 3 * GIB + MIB, 2)]), true), []);
    assert_eq!(end(&map(&[])), 4 * GIB);
}

#[test]
fn whole_gibs_are_mapped_by_pages_of_a_gib_where_the_cpu_has_them() {
    let memory = map(&[(4 * GIB, 6 * GIB, 1)]);
    assert_eq!(extents(&memory, true), [(4 * GIB, 6 * GIB, GIB)]);
    assert_eq!(extents(&memory, false), [(4 * GIB, 6 * GIB, LARGE_PAGE_SIZE)]);
    assert_eq!(end(&memory), 6 * GIB);
}

#[test]
fn smaller_pages_map_the_edges_and_none_reaches_into_a_hole() {
    let start = 5 * GIB - 6 * MIB - 8 * KIB;
    let stop = 7 * GIB + 2 * MIB + 4 * KIB;
    let expected = [
        (start, 5 * GIB - 6 * MIB, PAGE_SIZE),
        (5 * GIB - 6 * MIB, 5 * GIB, LARGE_PAGE_SIZE),
        (5 * GIB, 7 * GIB, GIB),
        (7 * GIB, 7 * GIB + 2 * MIB, LARGE_PAGE_SIZE),
        (7 * GIB + 2 * MIB, stop, PAGE_SIZE),
    ];
    assert_eq!(extents(&map(&[(start, stop, 1)]), true), expected);
}

#[test]
fn reserved_and_bad_memory_above_4_gib_is_a_hole_and_acpi_memory_is_not() {
    let memory = map(&[
        (4 * GIB, 6 * GIB, 1),
        (6 * GIB, 7 * GIB, 3),
        (7 * GIB, 8 * GIB, 4),
        (8 * GIB, 9 * GIB, 2),
        (9 * GIB, 10 * GIB, 5),
        (10 * GIB, 11 * GIB, 1),
        (12 * GIB, 13 * GIB, 2),
    ]);
    assert_eq!(extents(&memory, true), [(4 * GIB, 8 * GIB, GIB), (10 * GIB, 11 * GIB, GIB)]);
    assert_eq!(end(&memory), 11 * GIB);
}

#[test]
fn ram_that_begins_below_4_gib_continues_above() {
    let memory = map(&[(3 * GIB, 4 * GIB + 4 * KIB, 1)]);
    assert_eq!(extents(&memory, true), [(4 * GIB, 4 * GIB + 4 * KIB, PAGE_SIZE)]);
}

/// Returns addresses at which pages of some size begin, and adjacent ones.
fn address() -> impl Strategy<Value = u64> {
    let unit = prop_oneof![Just(GIB), Just(LARGE_PAGE_SIZE), Just(PAGE_SIZE)];
    (4u64..9, unit, 0u64..3, any::<bool>()).prop_map(|(gib, unit, count, below)| {
        let distance = unit * count;
        if below { gib * GIB - distance } else { gib * GIB + distance }
    })
}

proptest! {
    #[test]
    fn all_ram_above_4_gib_is_mapped_once_and_nothing_else_is(
        regions in prop::collection::vec((address(), address(), 1u32..6), 0..8),
        has_gib_pages in any::<bool>(),
    ) {
        let regions: Vec<_> =
            regions.into_iter().map(|(one, other, kind)| (one.min(other), one.max(other), kind)).collect();
        let memory = map(&regions);
        let extents = extents(&memory, has_gib_pages);
        for &(start, end, page_size) in &extents {
            prop_assert!(start < end && start % page_size == 0 && end % page_size == 0);
            prop_assert!(has_gib_pages || page_size < GIB);
        }
        // With adjacent ranges joined, both are the same runs.
        let ram = memory.regions().iter().filter(|region| region.kind.lies_in_ram() && region.end > 4 * GIB);
        let ram = joined(ram.map(|region| (region.start.max(4 * GIB), region.end)));
        prop_assert_eq!(joined(extents.iter().map(|&(start, end, _)| (start, end))), ram.clone());
        prop_assert!(extents.len() <= 5 * ram.len(), "at most five extents per run: {:x?}", extents);
        prop_assert!(ram.last().is_none_or(|&(_, last)| last == end(&memory)));
    }
}

fn joined(ranges: impl Iterator<Item = (u64, u64)>) -> Vec<(u64, u64)> {
    let mut joined: Vec<(u64, u64)> = Vec::new();
    for (start, end) in ranges {
        match joined.last_mut() {
            Some(last) if last.1 == start => last.1 = end,
            _ => joined.push((start, end)),
        }
    }
    joined
}

#[test]
fn kinds_that_lie_in_ram() {
    let in_ram = [1, 3, 4, 0x1000, 0x1001, 0x1002].map(|kind| MemoryKind(kind).lies_in_ram());
    assert_eq!(in_ram, [true; 6]);
    assert_eq!([0, 2, 5, 6, 7].map(|kind| MemoryKind(kind).lies_in_ram()), [false; 5]);
}
