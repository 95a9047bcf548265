//! The firmware's list of memory regions, from which the loader builds a memory map and allocates memory.
//!
//! ```text
//! input   number of pages to allocate (u64), then the regions: start, length (u64), type, attributes (u32)
//! ```

use farjump_api::MemoryKind;
use farjump_loader::PAGE_SIZE;
use farjump_loader::memory_map::{FirmwareRegion, MemoryMap};

use crate::{Fields, Target, assert_one_line};

/// This target.
pub const TARGET: Target = Target { name: "memory-map", what: "the firmware's memory map", corpus, run };

/// Bytes of a region in the input.
const ENTRY_SIZE: usize = 24;

/// Returns the list of SeaBIOS on a machine with 128 MiB, and an unsorted list with overlapping entries.
fn corpus() -> Vec<Vec<u8>> {
    let seabios = [
        (0, 0x9_FC00, 1),
        (0x9_FC00, 0x400, 2),
        (0xF_0000, 0x1_0000, 2),
        (0x10_0000, 0x7EE_0000, 1),
        (0x7FE_0000, 0x2_0000, 2),
        (0xFFFC_0000, 0x4_0000, 2),
    ];
    let disorder =
        [(0x1_0000_0000, 1 << 30, 1), (0x10_0000, 1 << 32, 1), (0x200_0000, 0x1234, 3), (0x200_1000, 1, 5)];
    vec![input(16, &seabios), input(0x4000, &disorder)]
}

fn input(pages: u64, entries: &[(u64, u64, u32)]) -> Vec<u8> {
    let mut bytes = pages.to_le_bytes().to_vec();
    for (start, length, kind) in entries {
        bytes.extend([*start, *length].map(u64::to_le_bytes).as_flattened());
        bytes.extend([*kind, FirmwareRegion::ENABLED].map(u32::to_le_bytes).as_flattened());
    }
    bytes
}

fn run(bytes: &[u8]) {
    let mut fields = Fields(bytes);
    let pages = fields.u64();
    let entries: Vec<_> = fields.0.chunks(ENTRY_SIZE).map(entry).collect();
    let mut map = MemoryMap::new();
    if let Err(error) = map.set_from_firmware(&entries) {
        return assert_one_line(&error);
    }
    assert_form(&map);
    let size = pages.wrapping_mul(PAGE_SIZE);
    let before = map.ram_bytes();
    match map.allocate(size, MemoryKind::KERNEL) {
        Ok(start) => assert!(takes(&map, start, size)),
        Err(error) => assert_one_line(&error),
    }
    assert_form(&map);
    assert_eq!(map.ram_bytes(), before);
}

fn entry(bytes: &[u8]) -> FirmwareRegion {
    let mut fields = Fields(bytes);
    let (start, length) = (fields.u64(), fields.u64());
    FirmwareRegion { start, length, kind: fields.u32(), attributes: fields.u32() }
}

fn takes(map: &MemoryMap, start: u64, size: u64) -> bool {
    let holds = |kind, start, end| kind == MemoryKind::KERNEL && start <= end;
    map.regions()
        .iter()
        .any(|region| holds(region.kind, region.start, start) && start + size.max(PAGE_SIZE) <= region.end)
}

/// Checks that regions consist of whole pages, aren't empty, ascend, and that adjacent ones differ in kind.
fn assert_form(map: &MemoryMap) {
    for region in map.regions() {
        assert!(region.start < region.end && (region.start | region.end).is_multiple_of(PAGE_SIZE));
    }
    for pair in map.regions().windows(2) {
        assert!(pair[0].end <= pair[1].start);
        assert!(pair[0].end < pair[1].start || pair[0].kind != pair[1].kind);
    }
}
