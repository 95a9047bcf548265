//! A BIOS that reads fewer sectors than it was asked for, or by cylinder, head and sector alone.

use boot_shim::{Setting, reads};

use super::injector::Injector;
use crate::test::image_builder::ImageBuilder;
use crate::test::scenario::Scenario;
use farjump::smoke::KERNEL_OK;

pub(super) fn faults() -> Vec<Scenario> {
    let most =
        |sectors: u8, how: u8| Injector::new().with(Setting::MaxSectors, sectors).with(Setting::Reads, how);
    let of_volume = |injector: Injector| injector.with(Setting::VolumeAlone, 1);
    let by_cylinders = |injector: Injector| injector.with(Setting::NoEdd, 1);
    let boots = |name: &str, injector: Injector| {
        Scenario::survives(name, KERNEL_OK, move |builder: &ImageBuilder| {
            injector.before(builder, builder.standard()?)
        })
    };
    let halts = |name: &str, line: &str, injector: Injector| {
        Scenario::halts(name, line, move |builder: &ImageBuilder| {
            injector.before(builder, builder.standard()?)
        })
    };
    vec![
        boots("another boot sector first", Injector::new()),
        boots("a drive number in DL that is none", Injector::new().with(Setting::Drive, 0x35)),
        boots("no EDD: a disk is read by cylinders", by_cylinders(Injector::new())),
        boots("long reads come out short", most(5, reads::SHORT)),
        // Stage 1 resets the drive after each such read: with a smaller number there would be too many of them.
        boots("long reads come out short, by carry", most(60, reads::SHORT_WITH_CARRY)),
        boots(
            "long reads of the volume come out short, by carry",
            of_volume(most(5, reads::SHORT_WITH_CARRY)),
        ),
        boots("long reads of the volume come out as nothing", of_volume(most(5, reads::NOTHING))),
        halts("reads come out as nothing", "00 Disk error!", most(0, reads::NOTHING)),
        halts(
            "reads of the volume come out as nothing",
            "loader: error: partition 1: sector 2048: INT 13h failed 3 times at LBA 2048, AH=00h",
            of_volume(most(0, reads::NOTHING)),
        ),
        boots(
            "no EDD, and long reads come out short, by carry",
            by_cylinders(most(60, reads::SHORT_WITH_CARRY)),
        ),
        boots(
            "no EDD, and long reads of the volume come out short",
            by_cylinders(of_volume(most(5, reads::SHORT))),
        ),
        boots("INT 13h destroys DX", Injector::new().with(Setting::DxIsLost, 1)),
        boots("no EDD, and INT 13h destroys DX", by_cylinders(Injector::new().with(Setting::DxIsLost, 1))),
        boots(
            "a packet's count is nonsense after each read",
            Injector::new().with(Setting::CountIsNonsense, 1),
        ),
        // Which stage 1 doesn't look for: see there.
        halts(
            "no EDD, and long reads come out short",
            "stage2: checksum: mismatch after the first sector",
            by_cylinders(most(5, reads::SHORT)),
        ),
    ]
}
