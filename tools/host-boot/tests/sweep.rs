//! Sweeps: flip each single bit that can affect a boot, truncate the disk at each sector, and make each sector
//! unreadable. Each time, the loader must report an error, or the kernel must be the right one, byte for byte.
//!
//! The default is a sample, the same one in each run. `cargo xtask sweep` runs everything and prints the table of
//! `docs/verification.md`.

#![expect(clippy::unwrap_used, reason = "it is a test")]

mod support;

use std::ops::Range;

use disk_image::FatKind;
use farjump_loader::config::Verify;
use farjump_loader::policy::Policy;
use host_boot::{HostDisk, Kernel, Ram, Snapshot};
use support::{Disk, with_gpt};

/// Of the everyday run: one of so many bits, sectors and cuts.
const EVERYDAY: usize = 17;

/// Sectors at a disk's end that hold the backup of a GPT: a disk without them boots by the primary.
const BACKUP_SECTORS: usize = 33;

/// Sectors by which a drive may end before its partition does: some BIOSes report one less than there are.
const MISSING_SECTORS: usize = 1;

/// What became of the boots of a sweep.
#[derive(Debug, Default, Clone, Copy)]
struct Tally {
    found: usize,
    harmless: usize,
}

/// A disk to spoil, and the memory of the machine.
struct Bench {
    disk: Vec<u8>,
    expected: Snapshot,
    ram: Ram,
}

impl Bench {
    fn new(disk: Vec<u8>, expected: Snapshot) -> Self {
        let mut bench = Self { disk, expected, ram: Ram::new(support::MEMORY_MIB) };
        assert_eq!(bench.try_boot("nothing was changed", |disk| HostDisk::new(disk)).harmless, 1);
        bench
    }

    /// Boots the disk as it is now.
    fn try_boot(&mut self, what: &str, of: impl Fn(&[u8]) -> HostDisk<'_>) -> Tally {
        let report = host_boot::boot(of(&self.disk), &mut self.ram, Policy::ANY);
        let Some(entry) = report.entry else {
            let error = report.error().unwrap_or_else(|| panic!("{what}: no word of it: {:?}", report.lines));
            assert!(error.chars().filter(|c| c.is_alphabetic()).count() > 5, "{what}: {error:?}");
            return Tally { found: 1, harmless: 0 };
        };
        let snapshot = Kernel::new(&self.ram, entry).snapshot();
        assert!(snapshot.as_ref() == Some(&self.expected), "{what}: another kernel than the right one");
        Tally { found: 0, harmless: 1 }
    }

    /// Flips bits of these bytes, each by itself: one of `every`.
    fn flip(&mut self, places: &[Range<usize>], every: usize) -> Tally {
        let mut tally = Tally::default();
        let bits = places.iter().cloned().flatten().flat_map(|place| (0..8).map(move |bit| (place, bit)));
        for (place, bit) in bits.step_by(every) {
            self.disk[place] ^= 1 << bit;
            tally += self.try_boot(&format!("byte {place:#x}, bit {bit}"), |disk| HostDisk::new(disk));
            self.disk[place] ^= 1 << bit;
        }
        tally
    }

    /// Cuts the disk off after `sectors`, where the firmware says how many are left and where it doesn't.
    fn cut(&mut self, every: usize) -> (Tally, Tally) {
        let mut tallies = <(Tally, Tally)>::default();
        for sectors in (0..self.disk.len() / 512).step_by(every) {
            let what = format!("only {sectors} sectors");
            tallies.0 += self.try_boot(&what, |disk| HostDisk::new(&disk[..sectors * 512]));
            tallies.1 += self.try_boot(&what, |disk| HostDisk::new(&disk[..sectors * 512]).of_unknown_size());
        }
        tallies
    }

    /// Makes each sector one that can't be read.
    fn lose(&mut self, every: usize) -> Tally {
        let mut tally = Tally::default();
        for lba in (0..self.disk.len() as u64 / 512).step_by(every) {
            tally +=
                self.try_boot(&format!("bad sector {lba}"), |disk| HostDisk::new(disk).with_bad_sector(lba));
        }
        tally
    }
}

impl std::ops::AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.found += other.found;
        self.harmless += other.harmless;
    }
}

/// The parts of a disk that decide a boot, and the files that it loads.
fn regions(disk: &[u8], files: &Disk, is_gpt: bool) -> Vec<(&'static str, Vec<Range<usize>>)> {
    let volume = boot_layout::disk::PARTITION_LBA as usize * 512;
    let word = |at: usize| usize::from(u16::from_le_bytes([disk[volume + at], disk[volume + at + 1]]));
    let fat = volume + word(14) * 512;
    let long = u32::from_le_bytes(std::array::from_fn(|index| disk[volume + 36 + index])) as usize;
    let fat_size = 512 * if word(22) == 0 { long } else { word(22) };
    let root = fat + fat_size * usize::from(disk[volume + 16]);
    let root_size = if word(17) == 0 { usize::from(disk[volume + 13]) * 512 } else { word(17) * 32 };
    let sector_with = |text: &[u8]| {
        let starts = (root + root_size..disk.len()).step_by(512);
        starts
            .clone()
            .find(|start| disk[*start..*start + 512].windows(text.len()).any(|part| part == text))
            .unwrap()
    };
    let modules = sector_with(b"NUMBERS BIN");
    let config = sector_with(b"seal = ");
    let config_size = disk[config..].iter().position(|byte| *byte == 0).unwrap();
    let kernel = sector_with(b"\x7FELF\x02\x01\x01");
    let headers = kernel..kernel + 64 + 56 * usize::from(disk[kernel + 56]);
    let (contents, end) = (headers.end, kernel + files.kernel.len());
    let module = sector_with(&files.module[..16]);
    let note = kernel + disk[kernel..].windows(8).position(|bytes| bytes == b"farjump\0").unwrap() - 12;
    let mut regions = vec![
        ("the MBR's partition table", only(440..512)),
        ("the volume's boot sector", only(volume..volume + 512)),
        ("the FAT", vec![first_run(disk, fat..fat + fat_size)]),
        ("the directories", vec![used(disk, root..root + root_size), used(disk, modules..modules + 512)]),
        ("the configuration", only(config..config + config_size)),
        ("the kernel's headers", vec![headers]),
        ("the kernel's notes", only(note..note + 44)),
        ("the kernel's contents", vec![contents..note, note + 44..end]),
        ("a module", only(module..module + files.module.len())),
    ];
    if is_gpt {
        regions.push(("the GPT, which has a backup", gpt().to_vec()));
    }
    regions
}

/// The primary GPT's header, and its entries as far as they are used.
fn gpt() -> [Range<usize>; 2] {
    [512..512 + 92, 1024..1024 + 3 * 128]
}

fn only(range: Range<usize>) -> Vec<Range<usize>> {
    std::iter::once(range).collect()
}

/// Up to the last byte that isn't zero.
fn used(disk: &[u8], range: Range<usize>) -> Range<usize> {
    let last = disk[range.clone()].iter().rposition(|byte| *byte != 0).unwrap();
    range.start..range.start + last + 1
}

/// Up to the first 16 bytes that are all zeros: the entries in use, of a volume that was filled from its start.
fn first_run(disk: &[u8], range: Range<usize>) -> Range<usize> {
    let zeros = disk[range.clone()].chunks(16).position(|entries| entries == [0; 16]).unwrap();
    range.start..range.start + zeros * 16
}

/// Flips one of `every` bits on each of these disks and prints the table.
fn sweep_bits(kinds: &[(FatKind, Verify, bool)], every: usize) -> usize {
    let mut table: Vec<(&str, Tally)> = Vec::new();
    for (kind, verify, is_gpt) in kinds {
        let disk = Disk { kind: *kind, verify: *verify, ..Disk::new() };
        let bytes = if *is_gpt { with_gpt(disk.make()) } else { disk.make() };
        let mut bench = Bench::new(bytes, disk.expected());
        let mut add = |name, tally| match table.iter_mut().find(|line| line.0 == name) {
            Some(line) => line.1 += tally,
            None => table.push((name, tally)),
        };
        for (name, places) in regions(&bench.disk, &disk, *is_gpt) {
            add(name, bench.flip(&places, every));
        }
        if *is_gpt {
            let backup = bench.disk.len() - BACKUP_SECTORS * 512;
            bench.disk[backup..].fill(0);
            add("the GPT, whose backup is gone", bench.flip(&gpt(), every));
        }
    }
    println!("| flipped bits in | boots | found | harmless | another kernel |\n|---|--:|--:|--:|--:|");
    for (name, Tally { found, harmless }) in &table {
        println!("| {name} | {} | {found} | {harmless} | 0 |", found + harmless);
    }
    table.iter().map(|(_, tally)| tally.found + tally.harmless).sum()
}

const EVERY_KIND: [(FatKind, Verify, bool); 12] = {
    let mut kinds = [(FatKind::Fat12, Verify::Checksum, false); 12];
    let mut index = 0;
    while index < 12 {
        let kind = [FatKind::Fat12, FatKind::Fat16, FatKind::Fat32][index % 3];
        let verify = if index / 3 % 2 == 0 { Verify::Checksum } else { Verify::Sha256 };
        kinds[index] = (kind, verify, index / 6 == 1);
        index += 1;
    }
    kinds
};

#[test]
fn a_sample_of_flipped_bits_is_found_or_harmless() {
    let kinds = [
        (FatKind::Fat12, Verify::Sha256, true),
        (FatKind::Fat16, Verify::Checksum, false),
        (FatKind::Fat16, Verify::Checksum, true),
    ];
    assert!(sweep_bits(&kinds, EVERYDAY) > 1000);
}

#[test]
fn a_disk_that_is_cut_off_says_so_wherever_that_is() {
    let disk = Disk::new();
    for (bytes, name) in [(disk.make(), "MBR"), (with_gpt(disk.make()), "GPT")] {
        let (known, unknown) = Bench::new(bytes, disk.expected()).cut(EVERYDAY * 5);
        assert!(
            known.harmless <= MISSING_SECTORS.max(BACKUP_SECTORS),
            "{name}: a disk that lacks a part of its volume was booted"
        );
        assert!(unknown.found > 0);
    }
}

#[test]
fn a_sector_that_cannot_be_read_is_named_or_not_needed() {
    let disk = Disk::new();
    let tally = Bench::new(disk.make(), disk.expected()).lose(EVERYDAY);
    assert!(tally.harmless > 0, "most sectors hold nothing");
    let needed = Bench::new(disk.make(), disk.expected())
        .try_boot("the first sector", |disk| HostDisk::new(disk).with_bad_sector(0));
    assert_eq!(needed.found, 1);
}

#[test]
#[ignore = "the long run: cargo xtask sweep"]
fn every_bit_every_cut_and_every_sector() {
    let bits = sweep_bits(&EVERY_KIND, 1);
    let (mut cuts, mut lost) = (<(Tally, Tally)>::default(), Tally::default());
    for is_gpt in [false, true] {
        let disk = Disk::new();
        let bytes = if is_gpt { with_gpt(disk.make()) } else { disk.make() };
        let mut bench = Bench::new(bytes, disk.expected());
        let (known, unknown) = bench.cut(1);
        assert_eq!(known.harmless, if is_gpt { BACKUP_SECTORS } else { MISSING_SECTORS });
        cuts.0 += known;
        cuts.1 += unknown;
        lost += bench.lose(1);
    }
    let mut total = bits;
    for (name, Tally { found, harmless }) in [
        ("the disk ends early, and the firmware says so", cuts.0),
        ("the disk ends early, and the firmware doesn't say so", cuts.1),
        ("a sector that can't be read", lost),
    ] {
        println!("| {name} | {} | {found} | {harmless} | 0 |", found + harmless);
        total += found + harmless;
    }
    println!("{total} boots");
}
