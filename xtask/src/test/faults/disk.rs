//! Reads that fail, an invalid partition table, and a disk that was cut off.

use std::io::Cursor;

use anyhow::{Context as _, Result, ensure};
use boot_layout::disk::{PARTITION_LBA, PARTITION_TABLE, SECTOR_SIZE};
use boot_shim::Setting;

use super::injector::Injector;
use super::keep;
use crate::test::image_builder::ImageBuilder;
use crate::test::image_builder::fat::Places;
use crate::test::scenario::{Failures, LeftOut, Scenario};
use farjump::qemu::Disk;
use farjump::smoke::KERNEL_OK;

pub(super) fn faults() -> Vec<Scenario> {
    let mut faults = reads();
    faults.extend(partitions());
    faults.extend(cut_off());
    faults
}

/// A sector that is read in a boot: what is there, where it is, and what is said of it.
type Read = (&'static str, fn(&[u8]) -> Result<u64>, &'static str);

/// Sectors of the usual disk.
const READS: [Read; 10] = [
    ("stage 2's first sector", |_| Ok(1), "0C Disk error!"),
    ("stage 2", |_| Ok(70), "0C Disk error!"),
    (
        "the volume's boot record",
        |_| Ok(PARTITION_LBA.into()),
        "partition 1: sector 2048: INT 13h failed 3 times",
    ),
    ("the FAT", |disk| sector(Places::of(disk).fat.start), "/farjump.conf: sector* INT 13h failed 3 times"),
    (
        "the root directory",
        |disk| sector(Places::of(disk).root.start),
        "/farjump.conf: sector* INT 13h failed 3 times",
    ),
    (
        "the configuration",
        |disk| file(disk, b"FARJUM~1CON", 0),
        "/farjump.conf: sector* INT 13h failed 3 times",
    ),
    (
        "the kernel's header",
        |disk| file(disk, b"KERNEL  ELF", 0),
        "/kernel.elf: sector* INT 13h failed 3 times",
    ),
    ("the kernel", |disk| file(disk, b"KERNEL  ELF", 50), "/kernel.elf: sector* INT 13h failed 3 times"),
    (
        "the modules' directory",
        |disk| file(disk, b"MODULES    ", 0),
        "/modules/numbers.bin: sector* INT 13h failed 3 times",
    ),
    ("a module", |disk| module(disk, 30), "/modules/numbers.bin: sector* INT 13h failed 3 times"),
];

/// The sector with this byte.
fn sector(byte: usize) -> Result<u64> {
    Ok(u64::try_from(byte / SECTOR_SIZE)?)
}

/// A sector of a file or directory in the root directory, counted from its start; its clusters are contiguous.
fn file(disk: &[u8], name: &[u8; 11], number: u64) -> Result<u64> {
    let places = Places::of(disk);
    Ok(sector(places.bytes(Places::first_cluster(disk, places.entry(disk, name)?)))? + number)
}

/// A sector of the module.
fn module(disk: &[u8], number: u64) -> Result<u64> {
    let places = Places::of(disk);
    Ok(sector(places.bytes(Places::first_cluster(disk, places.module_entry(disk)?)))? + number)
}

fn reads() -> Vec<Scenario> {
    let failing = |times: &str, count: usize, (name, place, _): Read| {
        Scenario::survives(&format!("a read of {name} fails {times}"), KERNEL_OK, ImageBuilder::standard)
            .failing_reads(Failures::First(count), place)
    };
    let once = READS.map(|read| failing("once", 1, read));
    // The last of `bios::READ_TRIES` works. Stage 1 goes back to long reads after each sector that it could read alone, so that
    // it must be the first of such a read; the loader doesn't, and tries a sector alone as often as any read.
    let twice = [READS[0], ("the second long read of stage 2", second_long_read, "")]
        .map(|read| failing("twice", 2, read));
    let thrice = failing("three times", 3, READS[7]);
    let always = READS.map(|(name, place, line)| {
        let said = if line.ends_with("error!") { line.to_owned() } else { format!("loader: error: {line}") };
        Scenario::halts(&format!("no read of {name} works"), &said, ImageBuilder::standard)
            .failing_reads(Failures::All, place)
    });
    // Where else on the disk it is makes no difference to the BIOS calls. That each sector is named which the loader needs,
    // `tools/host-boot/tests/sweep.rs` shows.
    let once = keep(
        &[
            "a read of stage 2's first sector fails once",
            "a read of stage 2 fails once",
            "a read of the kernel fails once",
        ],
        LeftOut::Varies,
        once.into(),
    );
    let always = keep(
        &[
            "no read of stage 2's first sector works",
            "no read of stage 2 works",
            "no read of the volume's boot record works",
            "no read of the kernel works",
            "no read of a module works",
        ],
        LeftOut::Varies,
        always.into(),
    );
    once.into_iter().chain(twice).chain([thrice]).chain(always).chain(by_cylinders()).collect()
}

/// The first sector of stage 1's second long read, which begins at a 32 KiB boundary of memory.
fn second_long_read(_: &[u8]) -> Result<u64> {
    Ok(65)
}

/// The same by cylinder, head and sector: of a disk whose BIOS has no EDD, since QEMU's floppy controller reports no
/// errors: what it can't read is zeros.
fn by_cylinders() -> Vec<Scenario> {
    let no_edd =
        |builder: &ImageBuilder| Injector::new().with(Setting::NoEdd, 1).before(builder, builder.standard()?);
    let stage2 = |_: &[u8]| Ok(70);
    let kernel = |disk: &[u8]| file(disk, b"KERNEL  ELF", 50);
    let zeros = |name: &str, line: &str, place: fn(&[u8]) -> Result<u64>| {
        let make = move |builder: &ImageBuilder| {
            let mut disk = builder.floppy()?;
            let start = usize::try_from(place(&disk)?)? * SECTOR_SIZE;
            disk[start..start + SECTOR_SIZE].fill(0);
            Ok(disk)
        };
        // A floppy takes ten times as long as a disk, and other scenarios have the same two messages.
        let scenario = Scenario::halts(name, line, make).left_out(LeftOut::Varies);
        scenario.machine(|machine| machine.disk = Disk::Floppy)
    };
    vec![
        Scenario::survives("no EDD, and a read of stage 2 fails once", KERNEL_OK, no_edd)
            .failing_reads(Failures::First(1), stage2),
        Scenario::survives("no EDD, and the second long read of stage 2 fails twice", KERNEL_OK, no_edd)
            .failing_reads(Failures::First(2), second_long_read),
        Scenario::survives("no EDD, and a read of the kernel fails once", KERNEL_OK, no_edd)
            .failing_reads(Failures::First(1), kernel),
        many_cylinders(),
        Scenario::halts("no EDD, and no read of stage 2 works", "0C Disk error!", no_edd)
            .failing_reads(Failures::All, stage2),
        Scenario::halts(
            "no EDD, and no read of the kernel works",
            "loader: error: /kernel.elf: sector* INT 13h failed 3 times",
            no_edd,
        )
        .failing_reads(Failures::All, kernel),
        zeros("a floppy with zeros in stage 2", "stage2: checksum: mismatch after the first sector", |_| {
            Ok(40)
        }),
        zeros(
            "a floppy with zeros for a volume",
            "loader: error: partition 1: no boot sector: it ends in 0000",
            first_of_volume,
        ),
    ]
}

/// A disk of 17 sectors in a cylinder: what comes after the first 2 MiB is in cylinders above 255, whose upper bits are
/// in another register than the lower ones. The module is there.
fn many_cylinders() -> Scenario {
    const TRACK: u64 = 17;
    let make = |builder: &ImageBuilder| {
        let disk = builder.standard()?;
        let cylinder = module(&disk, 0)? / TRACK;
        ensure!((256..1024).contains(&cylinder), "the module is in cylinder {cylinder}");
        Injector::new().with(Setting::NoEdd, 1).before(builder, disk)
    };
    Scenario::survives("no EDD, and files in cylinders above 255", KERNEL_OK, make).machine(|machine| {
        let geometry = ["cyls=1000", "heads=1", "secs=17"].map(|part| format!("ide-hd.{part}"));
        machine.extra.extend(geometry.into_iter().flat_map(|part| ["-global".to_owned(), part]));
    })
}

/// Where the volume begins, as the partition table says.
fn first_of_volume(disk: &[u8]) -> Result<u64> {
    let start = disk.get(PARTITION_TABLE.start + 8..).and_then(|rest| rest.first_chunk());
    Ok(u32::from_le_bytes(*start.context("a boot sector has a partition table")?).into())
}

/// First byte of the MBR's first entry.
const FIRST: usize = PARTITION_TABLE.start;

fn partitions() -> Vec<Scenario> {
    let refused = ["no active partition", "a partition table that leads to a GPT, and none"];
    let booted = [
        "a GPT's EFI system partition",
        "the second partition is the active one",
        "another partition besides",
    ];
    let mut faults = keep(&refused, LeftOut::HostBoots, refused_partitions());
    faults.extend(keep(&booted, LeftOut::HostBoots, booted_partitions()));
    faults
}

fn refused_partitions() -> Vec<Scenario> {
    let patched = |name: &str, line: &str, at: usize, byte: u8| {
        Scenario::halts(name, line, move |builder| {
            let mut disk = builder.standard()?;
            disk[at] = byte;
            Ok(disk)
        })
    };
    vec![
        patched("no active partition", "loader: error: partition table: no partition is active", FIRST, 0),
        patched(
            "two active partitions",
            "loader: error: partition table: partitions 1 and 2 are both",
            FIRST + 16,
            0x80,
        ),
        patched(
            "a status that is none",
            "loader: error: partition table: partition 1 has status 0x81",
            FIRST,
            0x81,
        ),
        patched(
            "a partition of another kind",
            "loader: error: partition table: partition 1 has type 0x83",
            FIRST + 4,
            0x83,
        ),
        patched(
            "a partition table that leads to a GPT, and none",
            "loader: error: partition table: GPT: no header: it begins with*; the backup in the last sector",
            FIRST + 4,
            0xEE,
        ),
        patched(
            "a partition that begins elsewhere",
            "loader: error: partition table: partition 1 ends at sector",
            FIRST + 9,
            9,
        ),
    ]
}

fn booted_partitions() -> Vec<Scenario> {
    vec![
        Scenario::survives("a partition of type EF", "loader: drive 80h, partition 1, FAT16", |builder| {
            let mut disk = builder.standard()?;
            disk[FIRST + 4] = 0xEF;
            Ok(disk)
        }),
        Scenario::survives(
            "a GPT's EFI system partition",
            "loader: drive 80h, GPT partition 2, FAT16",
            |builder| with_gpt(builder.standard()?),
        )
        .and_line("loader: the backup of the GPT is used: no header: it begins with *"),
        // The kernel recognises the disk by its GUIDs.
        Scenario::survives(
            "a GPT's boot volume is read by the kernel's own driver",
            "-----*kernel.elf",
            |builder| {
                let config = "kernel = /kernel.elf\ncmdline = exit run=\"boot; ls /\"\n";
                with_gpt(builder.disk().config(config).make()?)
            },
        )
        .and_line("drive 80h, disk *, GPT partition 2, * at sector 2048, *"),
        Scenario::survives(
            "the second partition is the active one",
            "loader: drive 80h, partition 2, FAT16",
            |builder| {
                let mut disk = builder.standard()?;
                disk.copy_within(FIRST..FIRST + 16, FIRST + 16);
                disk[FIRST] = 0;
                Ok(disk)
            },
        ),
        Scenario::survives("another partition besides", KERNEL_OK, |builder| {
            let mut disk = builder.standard()?;
            disk[FIRST + 16..FIRST + 32]
                .copy_from_slice(&[0, 0, 0, 0, 0x83, 0, 0, 0, 0, 0, 1, 0, 0, 8, 0, 0]);
            Ok(disk)
        }),
    ]
}

/// Returns the disk with a GPT instead of its MBR's entries, written by an independent library. Stage 2 is where the
/// primary header should be, so that only the backup can be used.
fn with_gpt(mut disk: Vec<u8>) -> Result<Vec<u8>> {
    /// Sectors of the header and the entries at each end of the disk.
    const TABLE: usize = 33;
    let stage2 = disk[SECTOR_SIZE..(TABLE + 1) * SECTOR_SIZE].to_vec();
    let start = u64::from(PARTITION_LBA);
    let length = (disk.len() / SECTOR_SIZE) as u64 - start;
    disk.resize(disk.len() + TABLE * SECTOR_SIZE, 0);
    let sectors = u32::try_from(disk.len() / SECTOR_SIZE)?;
    let mut device = Cursor::new(disk);
    gpt::mbr::ProtectiveMBR::with_lb_size(sectors - 1).update_conservative(&mut device)?;
    let mut table = gpt::GptConfig::new().writable(true).create_from_device(device, None)?;
    table.add_partition_at("boot", 1, 34, 100, gpt::partition_types::BIOS, 0)?;
    table.add_partition_at("loader", 2, start, length, gpt::partition_types::EFI, 0)?;
    let mut disk = table.write()?.into_inner();
    disk[SECTOR_SIZE..(TABLE + 1) * SECTOR_SIZE].copy_from_slice(&stage2);
    Ok(disk)
}

fn cut_off() -> Vec<Scenario> {
    let cut = |name: &str, sectors: usize, line: &str| {
        Scenario::halts(&format!("a disk that ends {name}"), line, move |builder| {
            let mut disk = builder.standard()?;
            disk.truncate(sectors * SECTOR_SIZE);
            Ok(disk)
        })
    };
    let partition = PARTITION_LBA as usize;
    let ends_at = "loader: error: partition table: partition 1 ends at sector";
    let faults = vec![
        cut("after the boot sector", 1, "01 Disk error!"),
        // After each sector that stage 1 could read alone it tries a long read again, and resets the drive when that fails:
        // further in it takes tens of seconds.
        cut("in stage 2", 3, "01 Disk error!"),
        cut("in front of the volume", partition, ends_at),
        cut("in the volume", partition + 100, ends_at),
        Scenario::halts("a disk that ends two sectors early", ends_at, |builder| shortened(builder, 2)),
        Scenario::survives(
            "a disk that ends one sector early",
            "loader: warning: partition 1 ends at sector *, the drive at *: one sector is let pass, ",
            |builder| shortened(builder, 1),
        ),
    ];
    let kept = [
        "a disk that ends after the boot sector",
        "a disk that ends in stage 2",
        "a disk that ends two sectors early",
        "a disk that ends one sector early",
    ];
    keep(&kept, LeftOut::HostBoots, faults)
}

/// The usual disk, shorter by some sectors.
fn shortened(builder: &ImageBuilder, sectors: usize) -> Result<Vec<u8>> {
    let mut disk = builder.standard()?;
    disk.truncate(disk.len() - sectors * SECTOR_SIZE);
    Ok(disk)
}
