//! Single bits, flipped at places that a seed chooses: the same in each run.
//!
//! In stage 2, in the configuration after its checksum, in what is read of the kernel and in a module, each must be
//! found. In the partition table, the FAT, the directories and the config checksum it may also be harmless: a date, an unused
//! entry, a digit that becomes a capital.

use std::ops::Range;

use anyhow::{Context as _, Result, anyhow};
use boot_layout::disk::{PARTITION_TABLE, SECTOR_SIZE};
use farjump_loader::elf_plan::{KernelHeader, KernelPlan};

use crate::test::expected::Expected;
use crate::test::image_builder::ImageBuilder;
use crate::test::image_builder::fat::Places;
use crate::test::scenario::{LeftOut, Scenario};
use crate::test::table::Row;
use farjump::output::outln;

/// Bits that are flipped in each part of the disk, if nothing else is asked for.
const FLIPS: u32 = 2;

/// Where bits are flipped.
#[derive(Debug, Clone, Copy)]
enum Region {
    PartitionTable,
    Stage2,
    ConfigChecksum,
    Configuration,
    Fat,
    Directory,
    Kernel,
    Module,
}

impl Region {
    const ALL: [(Self, &str); 8] = [
        (Self::PartitionTable, "the partition table"),
        (Self::Stage2, "stage 2"),
        (Self::ConfigChecksum, "the config checksum"),
        (Self::Configuration, "the configuration"),
        (Self::Fat, "the FAT"),
        (Self::Directory, "the directories"),
        (Self::Kernel, "the kernel"),
        (Self::Module, "a module"),
    ];

    fn expected(self) -> Expected {
        match self {
            Self::PartitionTable | Self::ConfigChecksum | Self::Fat | Self::Directory => {
                Expected::boot_or_halt()
            }
            Self::Stage2 | Self::Configuration | Self::Kernel | Self::Module => Expected::any_halt(),
        }
    }

    /// Its bytes on the usual disk, in one range or more.
    fn bytes(self, builder: &ImageBuilder, disk: &[u8]) -> Result<Vec<Range<usize>>> {
        let places = Places::of(disk);
        Ok(match self {
            Self::PartitionTable => vec![PARTITION_TABLE],
            Self::Stage2 => {
                let end = SECTOR_SIZE + builder.boot.stage2.len();
                vec![Range { start: SECTOR_SIZE, end }]
            }
            Self::ConfigChecksum => vec![configuration(&places, disk)?.0],
            Self::Configuration => vec![configuration(&places, disk)?.1],
            Self::Fat => vec![used(disk, places.fat)],
            Self::Directory => {
                let directory =
                    places.bytes(Places::first_cluster(disk, places.entry(disk, b"MODULES    ")?));
                vec![used(disk, places.root), used(disk, directory..directory + SECTOR_SIZE)]
            }
            Self::Kernel => {
                let kernel = places.file(disk, places.entry(disk, b"KERNEL  ELF")?);
                read_of_kernel(&disk[kernel.clone()])?
                    .map(|part| kernel.start + part.start..kernel.start + part.end)
                    .collect()
            }
            Self::Module => vec![places.file(disk, places.module_entry(disk)?)],
        })
    }
}

/// The config checksum, which is line 1 of the configuration; and everything after it.
fn configuration(places: &Places, disk: &[u8]) -> Result<(Range<usize>, Range<usize>)> {
    let file = places.file(disk, places.entry(disk, b"FARJUM~1CON")?);
    let line_end = disk[file.clone()].iter().position(|byte| *byte == b'\n');
    let rest = file.start + line_end.context("the configuration has no checksum")? + 1;
    Ok((file.start..rest, rest..file.end))
}

/// Up to the last byte that isn't zero.
fn used(disk: &[u8], range: Range<usize>) -> Range<usize> {
    let last = disk[range.clone()].iter().rposition(|byte| *byte != 0);
    range.start..range.start + last.map_or(0, |last| last + 1)
}

/// The bytes of a kernel's file that a loader reads: all that is verified.
fn read_of_kernel(file: &[u8]) -> Result<impl Iterator<Item = Range<usize>>> {
    let size = file.len() as u64;
    let range =
        |range: Range<u64>| Some(usize::try_from(range.start).ok()?..usize::try_from(range.end).ok()?);
    let header = KernelHeader::parse(file, size).map_err(|error| anyhow!("{error}"))?;
    let table = range(header.program_headers()).and_then(|table| file.get(table));
    let plan =
        KernelPlan::new(&header, table.unwrap_or_default(), size).map_err(|error| anyhow!("{error}"))?;
    Ok(plan.file_parts(&header).filter_map(range).collect::<Vec<_>>().into_iter())
}

/// Flips `flips` bits in each part of the disk; a few by default, of which a default run flips one.
pub(super) fn faults(flips: Option<u32>) -> Vec<Scenario> {
    let mut faults = Vec::new();
    for (region, name) in Region::ALL {
        for number in 0..flips.unwrap_or(FLIPS) {
            let fault = Scenario::damaged(
                &format!("flipped bit {} in {name}", number + 1),
                region.expected(),
                move |builder| {
                    let mut disk = builder.standard()?;
                    let ranges = region.bytes(builder, &disk)?;
                    let total: usize = ranges.iter().map(|range| range.len()).sum();
                    let bit = chosen(number, region, total * 8);
                    let place = ranges.into_iter().flatten().nth(bit / 8).context("the region is empty")?;
                    disk[place] ^= 1 << (bit % 8);
                    Ok(disk)
                },
            );
            let varies = flips.is_none() && number > 0;
            faults.push(if varies { fault.left_out(LeftOut::Varies) } else { fault });
        }
    }
    faults
}

/// Prints the number of flips in each region and their results; nothing if there were none.
pub(in crate::test) fn print_summary(rows: &[&Row]) {
    let is_flip = |row: &&&Row| row.name.starts_with("faults: flipped bit ");
    if !rows.iter().any(|row| is_flip(&row)) {
        return;
    }
    outln!("| flipped bits in | flips | found | harmless | neither |");
    outln!("|---|--:|--:|--:|--:|");
    for (_, name) in Region::ALL {
        let rows = || rows.iter().filter(is_flip).filter(|row| row.name.ends_with(&format!(" in {name}")));
        let count = |is: fn(&Row) -> bool| rows().filter(|row| is(row)).count();
        let found = count(|row| !row.has_failed && !row.has_booted());
        let harmless = count(|row| !row.has_failed && row.has_booted());
        outln!("| {name} | {} | {found} | {harmless} | {} |", rows().count(), count(|row| row.has_failed));
    }
}

/// A number below `limit` for each region and number: a turn of splitmix64.
///
/// Source: Steele, Lea and Flood, "Fast Splittable Pseudorandom Number Generators".
fn chosen(number: u32, region: Region, limit: usize) -> usize {
    let seed = u64::from(number) << 8 | region as u64;
    let mut value = seed.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    value = (value ^ value >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    value = (value ^ value >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
    usize::try_from((value ^ value >> 31) % limit.max(1) as u64).unwrap_or_default()
}
