//! What the BIOS says of memory: services that fail, and unusual maps.

use boot_shim::{Setting, e820, end};

use super::injector::Injector;
use super::keep;
use crate::test::expected::Expected;
use crate::test::image_builder::ImageBuilder;
use crate::test::scenario::{LeftOut, Scenario};

const MIB: u64 = 1 << 20;

/// What QEMU says of 256 MiB, less what is there for the firmware's own use: start, length, type.
const PLAIN: [(u64, u64, u32); 4] =
    [(0, 0x9_FC00, 1), (0x9_FC00, 0x400, 2), (0xF_0000, 0x1_0000, 2), (MIB, 255 * MIB, 1)];

pub(super) fn faults() -> Vec<Scenario> {
    let mut faults = services();
    // What becomes of the entries is decided by `crates/loader/src/memory_map.rs`, whose tests have more of them.
    let kept = [
        "memory map: entries of 20 bytes",
        "memory map: unsorted",
        "memory map: the firmware keeps a page that the loader uses",
        "memory map: 403 entries",
    ];
    faults.extend(keep(&kept, LeftOut::Varies, lists()));
    faults.extend(ends());
    faults
}

fn boots(name: &str, line: &str, injector: Injector) -> Scenario {
    Scenario::survives(name, &format!("loader: {line}"), move |builder: &ImageBuilder| {
        injector.before(builder, builder.standard()?)
    })
}

fn services() -> Vec<Scenario> {
    let no_e820 = Injector::new().with(Setting::E820, e820::FAILS);
    let no_e801 = no_e820.clone().with(Setting::NoE801, 1);
    let none = no_e801.clone().with(Setting::No88, 1);
    vec![
        boots("no E820: E801 is asked", "261624 KiB of memory (E801)", no_e820),
        boots("neither E820 nor E801: AH=88h is asked", "65144 KiB of memory (INT 15h AH=88h)", no_e801),
        Scenario::halts(
            "neither E820 nor E801 nor AH=88h",
            "loader: error: memory: INT 15h AX=E820h, AX=E801h and AH=88h failed",
            move |builder| none.before(builder, builder.standard()?),
        ),
    ]
}

/// Below 1 MiB, in KiB: less the first page, and the last, of which the BIOS keeps a part.
const LOW_KIB: u64 = 632;

fn lists() -> Vec<Scenario> {
    let map = |name: &str, high_kib: u64, entries: &[(u64, u64, u32)]| {
        let line = format!("{} KiB of memory (E820)", LOW_KIB + high_kib);
        boots(&format!("memory map: {name}"), &line, Injector::new().memory_map(20, entries.iter().copied()))
    };
    let with = |more: &[(u64, u64, u32)]| [&PLAIN, more].concat();
    let reversed: Vec<_> = PLAIN.into_iter().rev().collect();
    let scattered = (0..400).map(|index| (MIB + index * 0x4000, 0x3000, 1));
    let many: Vec<_> = scattered.chain([(64 * MIB, 64 * MIB, 1)]).chain(PLAIN[..3].iter().copied()).collect();
    let (all, but_16_mib) = (255 << 10, 239 << 10);
    vec![
        map("entries of 20 bytes", all, &PLAIN),
        map("unsorted", all, &reversed),
        map("reserved memory within usable memory", but_16_mib, &with(&[(32 * MIB, 16 * MIB, 2)])),
        map("usable memory that overlaps itself", all, &with(&[(128 * MIB, 64 * MIB, 1)])),
        map("an entry of no length", all, &with(&[(32 * MIB, 0, 2)])),
        map("an entry of type 0", but_16_mib, &with(&[(32 * MIB, 16 * MIB, 0)])),
        map("an entry of an unknown type", but_16_mib, &with(&[(32 * MIB, 16 * MIB, 0x4641_524A)])),
        map("an entry that wraps around", all, &with(&[(u64::MAX - 0xFFF, MIB, 1)])),
        map(
            "a hole between 1 and 64 MiB",
            64 << 10,
            &[PLAIN[0], PLAIN[1], PLAIN[2], (64 * MIB, 64 * MIB, 1)],
        ),
        boots(
            "memory map: the firmware keeps a page that the loader uses",
            "warning: the firmware reserves 0x58000..0x59000, and the loader uses 0x50000..0x60000 (BOUNCE_BUFFER)",
            Injector::new().memory_map(20, with(&[(0x5_8000, 0x1000, 2)])),
        ),
        map("403 entries", (400 * 12) + (64 << 10), &many),
    ]
}

fn ends() -> Vec<Scenario> {
    let plain = || Injector::new().memory_map(20, PLAIN);
    let high = Injector::new().memory_map(20, PLAIN.into_iter().chain([(100 << 40, MIB, 1)]));
    vec![
        boots(
            "memory map: it ends by carry",
            "261752 KiB of memory (E820)",
            plain().with(Setting::End, end::CARRY),
        ),
        boots(
            "memory map: it fails in the midst, and E801 is asked",
            "261624 KiB of memory (E801)",
            plain().with(Setting::End, end::NO_SIGNATURE),
        ),
        boots(
            "memory map: it never ends",
            "the firmware's memory map has more than 512 entries",
            plain().with(Setting::End, end::NONE),
        ),
        // Frames up to there can't be counted, so the kernel has no allocator.
        Scenario::damaged(
            "memory map: usable memory at 100 TiB",
            Expected::partial_start("*no heap, and nothing can be mapped: no usable memory has"),
            move |builder| high.before(builder, builder.standard()?),
        ),
        Scenario::halts(
            "memory map: nothing in it is usable",
            "loader: error: memory: none of the firmware's 1 memory regions",
            |builder| {
                Injector::new().memory_map(20, [(0, 256 * MIB, 2)]).before(builder, builder.standard()?)
            },
        ),
    ]
}
