//! Single bits, flipped at places that a seed chooses: the same in each run.
//!
//! In stage 2, the configuration, the kernel's segments and a module, each must be found. In the partition table, the
//! FAT and the directories it may also be harmless: a date, an unused entry.

use std::ops::Range;

use anyhow::{Context as _, Result};
use boot_layout::disk::{PARTITION_TABLE, SECTOR_SIZE};

use super::maker::{Maker, Places};
use super::{Expected, Fault};

/// Where bits are flipped.
#[derive(Debug, Clone, Copy)]
enum Region {
    PartitionTable,
    Stage2,
    Configuration,
    Fat,
    Directory,
    Kernel,
    Module,
}

impl Region {
    const ALL: [(Self, &str); 7] = [
        (Self::PartitionTable, "the partition table"),
        (Self::Stage2, "stage 2"),
        (Self::Configuration, "the configuration"),
        (Self::Fat, "the FAT"),
        (Self::Directory, "the root directory"),
        (Self::Kernel, "the kernel"),
        (Self::Module, "a module"),
    ];

    fn expected(self) -> Expected {
        match self {
            Self::PartitionTable | Self::Fat | Self::Directory => Expected::FoundOrHarmless,
            _ => Expected::Found,
        }
    }

    /// Its bytes on the usual disk.
    fn bytes(self, maker: &Maker, disk: &[u8]) -> Result<Range<usize>> {
        let places = Places::of(disk);
        let file = |name| -> Result<Range<usize>> {
            let entry = places.entry(disk, name)?;
            let start = places.bytes(Places::first_cluster(disk, entry));
            Ok(start
                ..start + u32::from_le_bytes(std::array::from_fn(|index| disk[entry + 28 + index])) as usize)
        };
        Ok(match self {
            Self::PartitionTable => PARTITION_TABLE,
            Self::Stage2 => SECTOR_SIZE..SECTOR_SIZE + maker.boot.stage2.len(),
            Self::Configuration => {
                let config = file(b"FARJUM~1CON")?;
                // A flipped bit that makes a digit of the seal upper case changes nothing: begin behind line 1.
                let line_end = disk[config.clone()].iter().position(|byte| *byte == b'\n');
                config.start + line_end.context("the configuration has no seal")?..config.end
            }
            Self::Fat => places.fat.start..places.fat.start + 64,
            Self::Directory => places.root.start..places.root.start + 256,
            Self::Kernel => {
                // The second page: the first segment's bytes, which begin with the file.
                let kernel = file(b"KERNEL  ELF")?;
                kernel.start + 0x1000..kernel.start + 0x5000
            }
            Self::Module => {
                let entry = places.module_entry(disk)?;
                let start = places.bytes(Places::first_cluster(disk, entry));
                start..start + 20_000
            }
        })
    }
}

pub(super) fn faults(flips: u32) -> Vec<Fault> {
    let mut faults = Vec::new();
    for (region, name) in Region::ALL {
        for number in 0..flips {
            faults.push(Fault::new(
                &format!("flipped bit {} in {name}", number + 1),
                region.expected(),
                move |maker| {
                    let mut disk = maker.sealed()?;
                    let bytes = region.bytes(maker, &disk)?;
                    let bit = chosen(number, region, bytes.len() * 8);
                    disk[bytes.start + bit / 8] ^= 1 << (bit % 8);
                    Ok(disk)
                },
            ));
        }
    }
    faults
}

/// A number below `limit` for each region and number: a turn of splitmix64.
///
/// Source: Steele, Lea and Flood, "Fast Splittable Pseudorandom Number Generators".
fn chosen(number: u32, region: Region, limit: usize) -> usize {
    let seed = u64::from(number) << 8 | region as u64;
    let mut value = seed.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    value = (value ^ value >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    value = (value ^ value >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
    usize::try_from((value ^ value >> 31) % limit as u64).unwrap_or_default()
}
