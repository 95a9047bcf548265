//! Compares the map with a model that examines every page, and checks the guarantees of allocation.

use super::*;
use proptest::prelude::*;

const U: MemoryKind = MemoryKind::USABLE;
const R: MemoryKind = MemoryKind::RESERVED;
const MIB: u64 = 1 << 20;

fn entry(start: u64, end: u64, kind: u32) -> FirmwareRegion {
    FirmwareRegion { start, length: end - start, kind, attributes: 1 }
}

fn map(entries: &[FirmwareRegion]) -> MemoryMap {
    let mut map = MemoryMap::new();
    map.set_from_firmware(entries).unwrap();
    map
}

fn regions(map: &MemoryMap) -> Vec<(u64, u64, MemoryKind)> {
    map.regions().iter().map(|region| (region.start, region.end, region.kind)).collect()
}

/// The map that SeaBIOS returns in a QEMU guest with 128 MiB, machine `pc`.
fn qemu() -> MemoryMap {
    map(&[
        entry(0, 0x9_FC00, 1),
        entry(0x9_FC00, 0xA_0000, 2),
        entry(0xF_0000, 0x10_0000, 2),
        entry(0x10_0000, 0x7FE_0000, 1),
        entry(0x7FE_0000, 0x800_0000, 2),
        entry(0xFFFC_0000, 0x1_0000_0000, 2),
    ])
}

#[test]
fn the_map_of_qemu_has_whole_pages() {
    let expected = [
        (0, 0x1000, R),
        (0x1000, 0x9_F000, U),
        (0x9_F000, 0xA_0000, R),
        (0xF_0000, 0x10_0000, R),
        (0x10_0000, 0x7FE_0000, U),
        (0x7FE_0000, 0x800_0000, R),
        (0xFFFC_0000, 0x1_0000_0000, R),
    ];
    assert_eq!(regions(&qemu()), expected);
    assert_eq!(qemu().end_of_ram(), 0x7FE_0000);
    assert_eq!(qemu().ram_bytes(), 0x9_E000 + 0x7EE_0000);
}

#[test]
fn the_reserved_part_of_a_range_is_found_and_its_neighbours_are_not() {
    let map = map(&[entry(0, 0x5_8000, 1), entry(0x5_8000, 0x5_A000, 4), entry(0x5_A000, 0x9_0000, 1)]);
    assert_eq!(map.first_reserved(0x5_0000..0x6_0000), Some(0x5_8000..0x5_A000));
    assert_eq!(map.first_reserved(0x5_9000..0x6_0000), Some(0x5_8000..0x5_A000));
    assert_eq!(map.first_reserved(0x5_0000..0x5_8001), Some(0x5_8000..0x5_A000));
    assert_eq!(map.first_reserved(0x5_0000..0x5_8000), None);
    assert_eq!(map.first_reserved(0x5_A000..0x6_0000), None);
    assert_eq!(map.first_reserved(0x9_0000..0xA_0000), None, "it isn't in the map");
}

#[test]
fn the_more_restrictive_of_two_kinds_wins_whatever_their_order() {
    let usable = entry(4 * MIB, 5 * MIB, 1);
    let by_restrictiveness = [1, 3, 4, 2, 5].map(|kind| entry(MIB, 2 * MIB, kind));
    for pair in by_restrictiveness.windows(2) {
        let expected = (MIB, 2 * MIB, MemoryKind(pair[1].kind));
        assert_eq!(regions(&map(&[usable, pair[0], pair[1]]))[1], expected);
        assert_eq!(regions(&map(&[pair[1], pair[0], usable]))[1], expected);
    }
}

#[test]
fn entries_that_are_empty_disabled_wrapping_or_of_an_unknown_type_are_handled() {
    let disabled = FirmwareRegion { attributes: 0, ..entry(0, MIB, 5) };
    let persistent = FirmwareRegion { attributes: 3, ..entry(8 * MIB, 9 * MIB, 1) };
    let wrapping = FirmwareRegion { length: u64::MAX, ..entry(6 * MIB, 7 * MIB, 1) };
    let reserved_to_the_end = FirmwareRegion { length: u64::MAX, ..entry(16 * MIB, 17 * MIB, 2) };
    let unknown = entry(3 * MIB, 4 * MIB, 77);
    let empty = entry(5 * MIB, 5 * MIB, 5);
    let map =
        map(&[entry(MIB, 20 * MIB, 1), disabled, persistent, wrapping, reserved_to_the_end, unknown, empty]);
    let expected = [
        (0, 0x1000, R),
        (MIB, 3 * MIB, U),
        (3 * MIB, 4 * MIB, R),
        (4 * MIB, 8 * MIB, U),
        (8 * MIB, 9 * MIB, R),
        (9 * MIB, 16 * MIB, U),
        (16 * MIB, 1 << 52, R),
    ];
    assert_eq!(regions(&map), expected);
}

#[test]
fn five_hundred_and_twelve_nested_entries_fit_and_many_more_are_rejected() {
    let holes = (1..512).rev().map(|i| entry(i << 13, (i << 13) + 1, 2));
    let nested: Vec<_> = holes.chain([entry(0x1000, 1 << 30, 1)]).collect();
    assert_eq!((nested.len(), map(&nested).regions().len()), (512, 1024), "1023 and the first page");
    let scattered: Vec<_> = (1..3000).map(|i| entry(i << 13, (i << 13) + 4096, 1)).collect();
    assert_eq!(MemoryMap::new().set_from_firmware(&scattered), Err(MapError::TooManyRegions));
}

#[test]
fn a_list_without_a_usable_page_is_rejected() {
    let result = MemoryMap::new().set_from_firmware(&[entry(0, 0x1800, 1), entry(MIB, 2 * MIB, 2)]);
    assert_eq!(result, Err(MapError::NoUsableMemory(2)));
}

#[test]
fn memory_is_allocated_from_16_mib_upwards_first() {
    let mut map = qemu();
    assert_eq!(map.allocate(1, MemoryKind::KERNEL), Ok(16 * MIB));
    assert_eq!(map.allocate(0x1001, MemoryKind::MODULE), Ok(16 * MIB + 0x1000));
    assert_eq!(map.allocate(0, MemoryKind::KERNEL), Ok(16 * MIB + 0x3000));
    assert_eq!(
        regions(&map)[4..8],
        [
            (MIB, 16 * MIB, U),
            (16 * MIB, 16 * MIB + 0x1000, MemoryKind::KERNEL),
            (16 * MIB + 0x1000, 16 * MIB + 0x3000, MemoryKind::MODULE),
            (16 * MIB + 0x3000, 16 * MIB + 0x4000, MemoryKind::KERNEL),
        ]
    );
}

#[test]
fn what_does_not_fit_above_16_mib_is_allocated_from_the_top_below_it() {
    let mut map = map(&[entry(0, 0xA_0000, 1), entry(MIB, 17 * MIB, 1), entry(1 << 32, 2 << 32, 1)]);
    assert_eq!(map.allocate(3 * MIB, MemoryKind::KERNEL), Ok(14 * MIB), "across the line");
    assert_eq!(map.allocate(6 * MIB - 1, MemoryKind::KERNEL), Ok(8 * MIB));
    assert_eq!(map.allocate(7 * MIB - 0x1000, MemoryKind::KERNEL), Ok(MIB + 0x1000));
    let no_memory = MapError::OutOfMemory { asked: MIB, largest_free: 0x1000 };
    assert_eq!(map.allocate(MIB, MemoryKind::KERNEL), Err(no_memory), "never below 1 MiB or above 4 GiB");
    for size in [u64::MAX, u64::MAX - 4095, 1 << 63] {
        assert!(map.allocate(size, MemoryKind::KERNEL).is_err());
    }
}

#[test]
fn mark_splits_other_regions_and_joins_those_of_the_same_kind() {
    let mut map = map(&[entry(MIB, 4 * MIB, 1)]);
    map.mark(2 * MIB + 1..2 * MIB + 2, MemoryKind::KERNEL).unwrap();
    map.mark(2 * MIB + 0x1000..2 * MIB + 0x2000, MemoryKind::KERNEL).unwrap();
    let kernel = (2 * MIB, 2 * MIB + 0x2000, MemoryKind::KERNEL);
    assert_eq!(regions(&map)[1..], [(MIB, 2 * MIB, U), kernel, (2 * MIB + 0x2000, 4 * MIB, U)]);
    map.mark(2 * MIB..2 * MIB + 0x2000, U).unwrap();
    assert_eq!(regions(&map), [(0, 0x1000, R), (MIB, 4 * MIB, U)]);
}

#[test]
fn older_services_return_the_same_kind_of_list() {
    // QEMU with 128 MiB: INT 12h 639, E801h 3C00h and 06FEh; AH=88h FC00h.
    let e801 = map(&regions_from_e801(639, 0x3C00, 0x06FE));
    assert_eq!(regions(&e801), [(0, 0x1000, R), (0x1000, 0x9_F000, U), (MIB, 0x7FE_0000, U)]);
    let int15_88 = map(&regions_from_int15_88(639, 0xFC00));
    assert_eq!(regions(&int15_88)[2], (MIB, 64 * MIB, U));
    let boastful = map(&regions_from_e801(u16::MAX, u16::MAX, 0));
    assert_eq!(regions(&boastful)[1..], [(0x1000, 0xA_0000, U), (MIB, 16 * MIB, U)]);
}

/// Checks the invariants of a map.
fn check_form(map: &MemoryMap) -> Result<(), TestCaseError> {
    for region in map.regions() {
        prop_assert!(region.start < region.end);
        prop_assert_eq!((region.start | region.end) % PAGE_SIZE, 0);
    }
    for pair in map.regions().windows(2) {
        prop_assert!(
            pair[0].end < pair[1].start || (pair[0].end == pair[1].start && pair[0].kind != pair[1].kind)
        );
    }
    Ok(())
}

/// How restrictive a kind is, by the E820 type.
const RESTRICTIVENESS: [usize; 7] = [3, 0, 3, 1, 2, 4, 3];

/// Returns the expected kind of the page that begins at `page`, by examining every entry.
fn model(entries: &[FirmwareRegion], page: u64) -> Option<MemoryKind> {
    let page_end = page + PAGE_SIZE;
    let counts = |entry: &&FirmwareRegion| {
        let end = entry.start + entry.length;
        let overlaps = entry.start < page_end && page < end && entry.length > 0;
        let covers = entry.start <= page && page_end <= end;
        entry.attributes & 1 != 0 && if entry.kind == 1 { covers } else { overlaps }
    };
    if page == 0 {
        return Some(R);
    }
    let worst = entries.iter().filter(counts).map(|entry| RESTRICTIVENESS[entry.kind as usize]).max();
    worst.map(|worst| [1, 3, 4, 2, 5].map(MemoryKind)[worst])
}

fn entries() -> impl Strategy<Value = Vec<FirmwareRegion>> {
    let entry = (0u64..400, 0u64..120, 0u32..7, 0u32..8).prop_map(|(start, length, kind, attributes)| {
        FirmwareRegion {
            start: start * 0x400,
            length: length * 0x400,
            kind,
            attributes: u32::from(attributes > 0),
        }
    });
    prop::collection::vec(entry, 0..40)
}

proptest! {
    #[test]
    fn every_page_has_the_kind_that_the_model_expects(entries in entries()) {
        let mut map = MemoryMap::new();
        let result = map.set_from_firmware(&entries);
        check_form(&map)?;
        for page in (0..140).map(|page| page * PAGE_SIZE) {
            let found = map.regions().iter().find(|region| region.range().contains(&page));
            prop_assert_eq!(found.map(|region| region.kind), model(&entries, page), "page {:#x}", page);
        }
        prop_assert_eq!(result.is_ok(), map.regions().iter().any(|region| region.kind == U));
    }

    #[test]
    fn allocated_memory_was_free_and_stays_allocated(
        firmware in entries(),
        sizes in prop::collection::vec(0u64..40 * PAGE_SIZE, 1..40),
    ) {
        let at_15_mib = firmware.iter().map(|entry| FirmwareRegion { start: entry.start + 16 * MIB - 0x3_0000, ..*entry });
        let mut map = MemoryMap::new();
        // A map without usable memory isn't a test case: proptest generates another one.
        prop_assume!(map.set_from_firmware(&at_15_mib.collect::<Vec<_>>()).is_ok());
        let mut taken = 0;
        for size in sizes {
            let before = map.clone();
            let Ok(start) = map.allocate(size, MemoryKind::KERNEL) else { continue };
            taken += 1;
            check_form(&map)?;
            let end = start + size.max(1).next_multiple_of(PAGE_SIZE);
            prop_assert_eq!(start % PAGE_SIZE, 0);
            let holds = |map: &MemoryMap, kind| {
                map.regions().iter().any(|region| region.kind == kind && region.start <= start && end <= region.end)
            };
            prop_assert!(holds(&before, U) && holds(&map, MemoryKind::KERNEL));
            prop_assert_eq!(before.ram_bytes(), map.ram_bytes());
        }
        prop_assume!(taken > 0);
    }
}

#[test]
fn memory_that_the_firmware_reserves_within_the_loaders_range_stays_reserved() {
    let mut map = MemoryMap::new();
    let hole = FirmwareRegion { kind: MemoryKind::RESERVED.0, ..FirmwareRegion::usable(0x5_8000, 0x1000) };
    map.set_from_firmware(&[FirmwareRegion::usable(0, 0x9_F000), hole]).unwrap();
    map.mark_usable(0x1000..0x8_0000, MemoryKind::LOADER_RECLAIMABLE).unwrap();
    let kinds: Vec<_> = map.regions().iter().map(|region| (region.start, region.kind)).collect();
    assert_eq!(
        kinds,
        [
            (0, MemoryKind::RESERVED),
            (0x1000, MemoryKind::LOADER_RECLAIMABLE),
            (0x5_8000, MemoryKind::RESERVED),
            (0x5_9000, MemoryKind::LOADER_RECLAIMABLE),
            (0x8_0000, MemoryKind::USABLE),
        ]
    );
}
