//! Reads that fail, a partition table that makes no sense, and a disk that was cut off.

use boot_layout::disk::{PARTITION_LBA, PARTITION_TABLE, SECTOR_SIZE};

use super::maker::Places;
use super::{Expected, Fault};
use crate::smoke::KERNEL_OK;

pub(super) fn faults() -> Vec<Fault> {
    let mut faults = reads();
    faults.extend(partitions());
    faults.extend(cut_off());
    faults
}

/// A rule of QEMU's blkdebug: reads of `sector` fail.
fn rule(sector: u64, once: bool) -> String {
    let once = if once { "on" } else { "off" };
    format!("[inject-error]\nevent = \"read_aio\"\nerrno = \"5\"\nsector = \"{sector}\"\nonce = \"{once}\"\n")
}

fn reads() -> Vec<Fault> {
    // Stage 2's first sector, one of its others, the volume's boot record, a table, the root directory, the kernel.
    let sectors: [(&str, u64, &str); 5] = [
        ("stage 2's first sector", 1, "0C Disk error!"),
        ("stage 2", 70, "0C Disk error!"),
        (
            "the volume's boot record",
            PARTITION_LBA as u64,
            "loader: error: partition 1: sector 2048: INT 13h failed 3 times",
        ),
        ("the root directory", 0, "loader: error: /farjump.conf: sector"),
        ("the kernel", 1, "loader: error: /kernel.elf: sector"),
    ];
    let mut faults = Vec::new();
    for (place, (name, sector, line)) in sectors.into_iter().enumerate() {
        for once in [true, false] {
            let title = if once {
                format!("a read of {name} fails once")
            } else {
                format!("no read of {name} works")
            };
            let expected = if once { Expected::Boot(KERNEL_OK.into()) } else { Expected::Halt(line.into()) };
            let fault = Fault::new(&title, expected, super::Maker::sealed);
            faults.push(fault.failing_reads(move |disk| {
                let places = Places::of(disk);
                let sector_of = |byte: usize| (byte / SECTOR_SIZE) as u64;
                let sector = match place {
                    3 => sector_of(places.root.start),
                    4 => sector_of(
                        places.bytes(Places::first_cluster(disk, places.entry(disk, b"KERNEL  ELF")?)),
                    ),
                    _ => sector,
                };
                Ok(rule(sector, once))
            }));
        }
    }
    faults
}

fn partitions() -> Vec<Fault> {
    const FIRST: usize = PARTITION_TABLE.start;
    let patched = |name: &str, line: &str, at: usize, byte: u8| {
        Fault::halts(name, line, move |maker| {
            let mut disk = maker.sealed()?;
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
        patched("a GPT", "loader: error: partition table: partition 1 has type 0xee", FIRST + 4, 0xEE),
        patched(
            "a partition that begins elsewhere",
            "loader: error: partition table: partition 1 ends at sector",
            FIRST + 9,
            9,
        ),
        Fault::boots("another partition besides", KERNEL_OK, |maker| {
            let mut disk = maker.sealed()?;
            disk[FIRST + 16..FIRST + 32]
                .copy_from_slice(&[0, 0, 0, 0, 0x83, 0, 0, 0, 0, 0, 1, 0, 0, 8, 0, 0]);
            Ok(disk)
        }),
    ]
}

fn cut_off() -> Vec<Fault> {
    let cut = |name: &str, sectors: usize, line: &str| {
        Fault::halts(&format!("a disk that ends {name}"), line, move |maker| {
            let mut disk = maker.sealed()?;
            disk.truncate(sectors * SECTOR_SIZE);
            Ok(disk)
        })
    };
    let partition = PARTITION_LBA as usize;
    vec![
        cut("behind the boot sector", 1, "01 Disk error!"),
        cut("in stage 2", 50, "01 Disk error!"),
        cut(
            "in front of the volume",
            partition,
            "loader: error: partition table: partition 1 ends at sector",
        ),
        cut("in the volume", partition + 100, "loader: error: partition table: partition 1 ends at sector"),
    ]
}
