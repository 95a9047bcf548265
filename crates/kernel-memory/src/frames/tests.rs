//! The allocator against a model that holds every frame in a set.

use std::collections::{BTreeMap, BTreeSet};

use super::*;
use proptest::prelude::*;

const U: MemoryKind = MemoryKind::USABLE;
const MIB: u64 = 1 << 20;

fn region(start: u64, end: u64, kind: MemoryKind) -> MemoryRegion {
    MemoryRegion { start, end, kind, reserved: 0 }
}

/// Runs `test` with an allocator over `map`.
fn with(map: &[MemoryRegion], test: impl FnOnce(FrameAllocator<'_>)) {
    let plan = Plan::new(map).unwrap();
    let mut words = vec![u64::MAX; plan.words()];
    test(FrameAllocator::new(plan, &mut words).unwrap());
}

/// Returns a machine of 32 MiB after the loader.
fn small_machine() -> [MemoryRegion; 6] {
    [
        region(0, 0x1000, MemoryKind::RESERVED),
        region(0x1000, 0x8_0000, MemoryKind::LOADER_RECLAIMABLE),
        region(0x8_0000, 0x9_F000, U),
        region(MIB, 16 * MIB, U),
        region(16 * MIB, 17 * MIB, MemoryKind::KERNEL),
        region(17 * MIB, 32 * MIB, U),
    ]
}

#[test]
fn a_frame_is_free_until_it_is_handed_out_and_no_other_ever() {
    with(&small_machine(), |mut frames| {
        let frame = frames.allocate().unwrap();
        assert!(!frames.is_free(frame) && frames.is_free(frame + PAGE_SIZE));
        frames.free(frame..frame + PAGE_SIZE).unwrap();
        assert!(frames.is_free(frame) && frames.is_free(frame + PAGE_SIZE - 1));
        let storage = frames.storage.start;
        for foreign in [0, 0x1000, storage, 16 * MIB, 32 * MIB, 0xFEE0_0000, u64::MAX] {
            assert!(!frames.is_free(foreign), "{foreign:#x}");
        }
        frames.reclaim_loader();
        assert!(frames.is_free(0x1000));
    });
}

#[test]
fn memory_above_16_mib_goes_first_and_what_isa_dma_reaches_last() {
    with(&small_machine(), |mut frames| {
        let storage = frames.storage.clone();
        assert_eq!(storage, 17 * MIB..17 * MIB + 0x1000, "256 words and a few fit into a frame");
        assert_eq!(frames.allocate(), Some(17 * MIB + 0x1000));
        assert_eq!(frames.allocate_large(), Some(18 * MIB));
        while frames.allocate().is_some_and(|frame| frame != 32 * MIB - 0x1000) {}
        assert_eq!(frames.allocate(), Some(0x8_0000));
        assert_eq!(frames.allocate_large(), Some(2 * MIB));
        assert_eq!(frames.free(20 * MIB..20 * MIB + 0x1000), Ok(()));
        assert_eq!(frames.allocate(), Some(20 * MIB), "what is free again up there goes first again");
    });
}

#[test]
fn a_large_frame_is_whole_again_when_its_last_small_frame_is_free_wherever_that_is() {
    with(&small_machine(), |mut frames| {
        while frames.allocate_large().is_some() {}
        for large in [4 * MIB, 6 * MIB, 20 * MIB, 22 * MIB] {
            for last in [0, 1, 2, 256, 511].map(|frame| large + frame * PAGE_SIZE) {
                let others = [large..last, last + PAGE_SIZE..large + LARGE_PAGE_SIZE];
                others
                    .into_iter()
                    .filter(|part| !part.is_empty())
                    .for_each(|part| frames.free(part).unwrap());
                assert_eq!(frames.allocate_large(), None, "all but {last:#x} is free");
                frames.free(last..last + PAGE_SIZE).unwrap();
                assert_eq!(frames.allocate_large(), Some(large), "{last:#x} was the last");
            }
        }
    });
}

#[test]
fn a_device_gets_neighbouring_frames_below_its_limit() {
    with(&small_machine(), |mut frames| {
        assert_eq!(frames.allocate_contiguous(0x2_0001, 0x1_0000, 16 * MIB), Some(MIB..MIB + 0x2_1000));
        assert_eq!(
            frames.allocate_contiguous(8 * MIB, 1, u64::MAX),
            Some(17 * MIB + 0x1000..25 * MIB + 0x1000)
        );
        assert_eq!(
            frames.allocate_contiguous(8 * MIB, 1, u64::MAX),
            Some(MIB + 0x2_1000..9 * MIB + 0x2_1000)
        );
        assert_eq!(frames.allocate_contiguous(8 * MIB, 1, u64::MAX), None);
        for (size, align, below) in
            [(1, 1, 0x8_0000), (u64::MAX, 1, u64::MAX), (1, u64::MAX, u64::MAX), (1, 1, 0)]
        {
            assert_eq!(frames.allocate_contiguous(size, align, below), None);
        }
    });
}

#[test]
fn a_frame_is_taken_back_once_and_a_foreign_one_never() {
    with(&small_machine(), |mut frames| {
        let frame = frames.allocate().unwrap();
        assert_eq!(frames.free(frame..frame + 0x1000), Ok(()));
        assert_eq!(frames.free(frame..frame + 0x1000), Err(FreeError::AlreadyFree(frame)));
        let large = frames.allocate_large().unwrap();
        assert_eq!(frames.free(large - 0x1000..large + 0x1000), Err(FreeError::AlreadyFree(large - 0x1000)));
        assert_eq!(frames.free(large..large + 2 * MIB), Ok(()));
        for foreign in [0, 0x1000, 0xA_0000, 16 * MIB, 17 * MIB, 32 * MIB, 1 << 51] {
            assert_eq!(frames.free(foreign..foreign + 0x1000), Err(FreeError::NotManaged(foreign)));
        }
        assert_eq!(frames.free(frame..frame), Err(FreeError::Range(frame)));
        for (start, end) in [(8, 0x1008), (8, 0x1000), (0, 0x1008), (0, 8)] {
            let result = frames.free(frame + start..frame + end);
            assert_eq!(result, Err(FreeError::Range(frame + start)), "{start:#x}..{end:#x}");
        }
        let upside_down = Range { start: frame + 0x1000, end: frame };
        assert_eq!(frames.free(upside_down), Err(FreeError::Range(frame + 0x1000)));
    });
}

#[test]
fn the_loader_s_memory_is_taken_over_once() {
    with(&small_machine(), |mut frames| {
        let before = frames.statistics();
        assert_eq!(before.managed, (0x1_F000 + 15 * MIB + 15 * MIB) / 0x1000 - 1);
        assert_eq!((before.free, before.longest_run), (before.managed, 15 * MIB / 0x1000));
        assert_eq!(before.free_large, 7 + 7);
        assert_eq!(frames.free(0x1000..0x2000), Err(FreeError::NotManaged(0x1000)));
        assert_eq!(frames.reclaim_loader(), 0x7_F000);
        assert_eq!(frames.allocate_contiguous(1, 1, MIB), Some(0x1000..0x2000));
        assert_eq!(frames.reclaim_loader(), 0);
        assert_eq!(frames.free_count(), before.free + 0x7E);
    });
}

#[test]
fn of_regions_that_overlap_only_what_all_call_usable_is_handed_out() {
    let map = [
        region(3 * MIB, 3 * MIB, MemoryKind::BAD),
        region(4 * MIB, 5 * MIB, MemoryKind::KERNEL),
        region(MIB, 6 * MIB, U),
        region(2 * MIB + 1, 2 * MIB + 2, MemoryKind(77)),
        region(5 * MIB, 7 * MIB + 5, U),
        region(9 * MIB, 8 * MIB, U),
        region(16 * MIB, u64::MAX, U),
    ];
    with(&map, |frames| {
        assert_eq!(frames.statistics().managed, (5 * MIB) / 0x1000 - 1 - 1, "one is damaged, one is ours");
        assert_eq!(frames.free_runs().next(), Some(0x101..0x200));
    });
}

#[test]
fn a_map_without_room_is_refused() {
    assert_eq!(Plan::new(&[]).unwrap_err(), FramesError::NoUsableMemory);
    assert_eq!(Plan::new(&[region(0, 4095, U)]).unwrap_err(), FramesError::NoUsableMemory);
    let far = [region((1 << 51) - 0x1000, 1 << 51, U)];
    assert!(matches!(Plan::new(&far).unwrap_err(), FramesError::NoRoom(_)));
    let map = small_machine();
    let verdict = FrameAllocator::new(Plan::new(&map).unwrap(), &mut [0; 3]).map(|_| ());
    assert_eq!(verdict, Err(FramesError::Words { actual: 3, needed: 2 * 128 + 2 }));
}

#[test]
fn six_gib_are_handed_out_to_the_last_frame_and_taken_back() {
    let map = [region(MIB, 3 << 30, U), region(4 << 30, 7 << 30, U)];
    with(&map, |mut frames| {
        let before = frames.statistics();
        let mut handed_out = 0;
        let mut last = 0;
        while let Some(frame) = frames.allocate() {
            assert!(frame > last || frame == MIB, "ascending, but for the low memory at the end");
            last = frame;
            handed_out += 1;
        }
        assert_eq!(handed_out, before.free);
        assert_eq!(frames.free(MIB..16 * MIB), Ok(()));
        assert_eq!(frames.free(4 << 30..7 << 30), Ok(()));
        assert_eq!(frames.free(frames.storage.end..3 << 30), Ok(()));
        assert_eq!(frames.statistics(), before);
    });
}

/// Regions around 16 MiB that may overlap, be empty, upside down or unaligned.
fn maps() -> impl Strategy<Value = Vec<MemoryRegion>> {
    let kinds = [U, U, MemoryKind::LOADER_RECLAIMABLE, MemoryKind::KERNEL, MemoryKind::RESERVED];
    let region =
        (0u64..2000, 0u64..900, 0..kinds.len(), 0u64..6).prop_map(move |(start, length, kind, shift)| {
            let misalignment = if shift == 0 { 5 } else { 0 };
            let start = 12 * MIB + start * PAGE_SIZE + misalignment;
            region(start, (start + length * PAGE_SIZE).saturating_sub(misalignment * 7), kinds[kind])
        });
    prop::collection::vec(region, 1..8)
}

/// Returns the frames that are of `kind` and of no other.
fn frames_of(map: &[MemoryRegion], kind: MemoryKind) -> BTreeSet<u64> {
    let all = (12 * MIB..24 * MIB).step_by(PAGE_SIZE as usize);
    let is = |frame: &u64| {
        let overlaps = |region: &&MemoryRegion| {
            region.start < region.end && region.start < frame + PAGE_SIZE && *frame < region.end
        };
        let covers = |region: &MemoryRegion| region.start <= *frame && frame + PAGE_SIZE <= region.end;
        let others = map.iter().filter(overlaps).all(|region| region.kind == kind);
        others && map.iter().any(|region| region.kind == kind && covers(region))
    };
    all.filter(is).collect()
}

proptest! {
    #[test]
    fn every_frame_is_handed_out_once_and_only_once(
        map in maps(),
        calls in prop::collection::vec((0u8..8, any::<u32>()), 1..200),
    ) {
        // A map without room for the allocator's own words counts as no case: another is made for it.
        let Ok(plan) = Plan::new(&map) else { return Err(TestCaseError::reject("no room")) };
        let mut words = vec![0xAAAA; plan.words()];
        let mut free = frames_of(&map, U);
        for frame in plan.storage.clone().step_by(PAGE_SIZE as usize) {
            prop_assert!(free.remove(&frame), "the allocator's words lie in usable memory");
        }
        let mut frames = FrameAllocator::new(plan, &mut words).unwrap();
        let mut held: BTreeMap<u64, u64> = BTreeMap::new();
        for (call, number) in calls {
            let got = match call {
                0..3 => frames.allocate().map(|frame| frame..frame + PAGE_SIZE),
                3 => frames.allocate_large().map(|frame| frame..frame + LARGE_PAGE_SIZE),
                4 => frames.allocate_contiguous(u64::from(number % 0x8_0000), 1 << (number % 19), 18 * MIB),
                5 if number % 8 == 0 => {
                    let bytes = frames.reclaim_loader();
                    let loader = frames_of(&map, MemoryKind::LOADER_RECLAIMABLE);
                    prop_assert!(bytes == 0 || bytes == loader.len() as u64 * PAGE_SIZE);
                    free.extend(loader.into_iter().filter(|_| bytes > 0));
                    None
                }
                _ => {
                    let chosen = held.iter().nth(number as usize % held.len().max(1));
                    if let Some((start, end)) = chosen.map(|(start, end)| (*start, *end)) {
                        held.remove(&start);
                        prop_assert_eq!(frames.free(start..end), Ok(()));
                        prop_assert_eq!(frames.free(start..end), Err(FreeError::AlreadyFree(start)));
                        free.extend((start..end).step_by(PAGE_SIZE as usize));
                    }
                    None
                }
            };
            if let Some(range) = got {
                for frame in range.clone().step_by(PAGE_SIZE as usize) {
                    prop_assert!(free.remove(&frame), "frame {frame:#x} isn't free");
                }
                held.insert(range.start, range.end);
            } else if call < 3 {
                prop_assert!(free.is_empty());
            }
            prop_assert_eq!(frames.statistics().free, free.len() as u64);
        }
    }
}
