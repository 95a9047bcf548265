//! Tests of the finished disk: what the BIOS, stage 1 and other systems' tools find on it.

#[cfg(unix)]
mod interrupted;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Result, ensure};
use boot_layout::disk::{
    BOOT_SIGNATURE, BPB, DISK_SIGNATURE, PARTITION_LBA, PARTITION_TABLE, SECTOR_SIZE, STAGE2_LBA,
};
use boot_layout::stage2_header::{self, MAGIC, MAGIC_OFFSET, SECTOR_COUNT_OFFSET};
use disk_image::FLOPPY_SIZE;
use farjump_loader::config::{self, Config, ConfigError};

use super::Tally;
use super::tally::TestResult;
use farjump::build::source_paths;
use farjump::temporary;
use farjump::workspace::Workspace;
use farjump::{image, update_checksums};

/// What the tests work on.
struct Bench<'a> {
    workspace: &'a Workspace,
    directory: &'a Path,
    offline: bool,
    /// The bytes of an image as `cargo xtask image` makes it.
    disk: Vec<u8>,
}

type Test = (&'static str, fn(&Bench<'_>) -> Result<()>);

const TESTS: &[Test] = &[
    ("image: the boot sector ends in 55 AA", boot_signature),
    ("image: the boot sector jumps over the bytes that a BIOS may write to", jump_over_bpb),
    ("image: the disk has a signature", disk_signature),
    ("image: one partition is active, a FAT one at LBA 2048 that ends on the disk", one_active_partition),
    ("image: the partition starts with a FAT boot record", fat_boot_record),
    ("image: stage 2 stands in the gap and its checks come out", stage2_in_the_gap),
    ("image: the same things make the same bytes", reproducible),
    ("image: a floppy image has a floppy's size and boots from stage 2 on", floppy),
    ("image: an edited configuration gets new checksums, and nothing else is changed", new_checksums),
    ("image: a kernel that isn't an ELF file is rejected and leaves no file", no_elf_no_image),
    ("image: nothing in it names a directory of this machine", no_directory_is_named),
    #[cfg(unix)]
    ("image: a signal leaves the old image intact and no other file", interrupted::leaves_the_old_image),
];

/// The tests' names.
pub(super) fn names() -> impl Iterator<Item = String> {
    TESTS.iter().map(|(name, _)| (*name).to_owned())
}

/// Builds one image and runs the tests that `selects` picks.
pub(super) fn run(workspace: &Workspace, selects: impl Fn(&str) -> bool, offline: bool) -> Result<Tally> {
    let mut tally = Tally::default();
    let chosen: Vec<_> = TESTS.iter().filter(|(name, _)| selects(name)).collect();
    if chosen.is_empty() {
        return Ok(tally);
    }
    fs::create_dir_all(&workspace.target)?;
    let directory = temporary::Directory::create(&workspace.target, "test-")?;
    let mut bench = Bench { workspace, directory: directory.path(), offline, disk: Vec::new() };
    let made = bench.make("first.img", image::Args::default()).map(|disk| bench.disk = disk);
    for (name, test) in chosen {
        let verdict = match (&made, test(&bench)) {
            (Err(error), _) => TestResult::Failed(format!("there is no image: {error:#}")),
            (Ok(()), Err(error)) => TestResult::Failed(format!("{error:#}")),
            (Ok(()), Ok(())) => TestResult::Passed,
        };
        verdict.print(name);
        tally.add(name, &verdict);
    }
    Ok(tally)
}

impl Bench<'_> {
    fn path(&self, file: &str) -> PathBuf {
        self.directory.join(file)
    }

    fn make(&self, file: &str, args: image::Args) -> Result<Vec<u8>> {
        let args = image::Args { output: Some(self.path(file)), offline: self.offline, ..args };
        Ok(fs::read(image::make(self.workspace, &args)?)?)
    }
}

fn boot_signature(bench: &Bench<'_>) -> Result<()> {
    let end = bench.disk.get(PARTITION_TABLE.end..SECTOR_SIZE);
    ensure!(end == Some(&BOOT_SIGNATURE), "it ends in {end:02X?}");
    Ok(())
}

fn jump_over_bpb(bench: &Bench<'_>) -> Result<()> {
    let target = match bench.disk[..] {
        [0xEB, distance, ..] => 2 + usize::from(distance),
        [0xE9, low, high, ..] => 3 + usize::from(u16::from_le_bytes([low, high])),
        _ => anyhow::bail!("it starts with {:02X?}, which is no jump", bench.disk.get(..3)),
    };
    ensure!((BPB.end..DISK_SIGNATURE.start).contains(&target), "it jumps to byte {target}");
    Ok(())
}

fn disk_signature(bench: &Bench<'_>) -> Result<()> {
    let signature = bench.disk.get(DISK_SIGNATURE);
    ensure!(signature.is_some_and(|bytes| bytes[..4] != [0; 4]), "it is {signature:02X?}");
    Ok(())
}

/// A partition table entry: status, type, first sector, sectors.
fn partitions(disk: &[u8]) -> Vec<(u8, u8, u32, u32)> {
    let table = disk.get(PARTITION_TABLE).unwrap_or_default();
    let word = |entry: &[u8; 16], at: usize| {
        u32::from_le_bytes([entry[at], entry[at + 1], entry[at + 2], entry[at + 3]])
    };
    let (entries, _) = table.as_chunks::<16>();
    entries.iter().map(|entry| (entry[0], entry[4], word(entry, 8), word(entry, 12))).collect()
}

fn one_active_partition(bench: &Bench<'_>) -> Result<()> {
    /// Partition types of FAT12, FAT16 and FAT32, by cylinder and by LBA.
    const FAT_TYPES: [u8; 6] = [0x01, 0x04, 0x06, 0x0B, 0x0C, 0x0E];
    let mut partitions = partitions(&bench.disk);
    partitions.retain(|(status, ..)| *status != 0);
    let [(0x80, kind, first, sectors)] = partitions[..] else {
        anyhow::bail!("entries with a status: {partitions:02X?}");
    };
    ensure!(FAT_TYPES.contains(&kind), "its type is {kind:02X}");
    ensure!(first == PARTITION_LBA, "it starts at LBA {first}");
    let end = (u64::from(first) + u64::from(sectors)) * SECTOR_SIZE as u64;
    ensure!(end <= bench.disk.len() as u64, "it ends at byte {end} of {}", bench.disk.len());
    Ok(())
}

fn fat_boot_record(bench: &Bench<'_>) -> Result<()> {
    let start = PARTITION_LBA as usize * SECTOR_SIZE;
    let record = bench.disk.get(start..start + SECTOR_SIZE).unwrap_or_default();
    ensure!(record.ends_with(&BOOT_SIGNATURE), "it doesn't end in 55 AA");
    ensure!(record.get(11..13) == Some(&[0x00, 0x02]), "its sectors aren't of 512 bytes");
    let hidden = record.get(28..32);
    ensure!(hidden == Some(&PARTITION_LBA.to_le_bytes()), "it counts {hidden:?} sectors before it");
    Ok(())
}

fn stage2_in_the_gap(bench: &Bench<'_>) -> Result<()> {
    stage2(&bench.disk, PARTITION_LBA)
}

fn stage2(disk: &[u8], partition_lba: u32) -> Result<()> {
    let start = STAGE2_LBA as usize * SECTOR_SIZE;
    let header = disk.get(start..start + SECTOR_SIZE).unwrap_or_default();
    let magic = header.get(MAGIC_OFFSET..MAGIC_OFFSET + MAGIC.to_le_bytes().len());
    ensure!(magic == Some(&MAGIC.to_le_bytes()), "there is no stage 2 at LBA {STAGE2_LBA}");
    let sectors = u16::from_le_bytes([header[SECTOR_COUNT_OFFSET], header[SECTOR_COUNT_OFFSET + 1]]);
    let end = STAGE2_LBA + u32::from(sectors);
    ensure!(end <= partition_lba, "it reaches to LBA {end}, into the partition at {partition_lba}");
    let image = disk.get(start..end as usize * SECTOR_SIZE).unwrap_or_default();
    ensure!(stage2_header::is_whole(image), "its checks don't come out");
    Ok(())
}

fn reproducible(bench: &Bench<'_>) -> Result<()> {
    let again = bench.make("second.img", image::Args::default())?;
    let different = bench.disk.iter().zip(&again).position(|(one, other)| one != other);
    ensure!(different.is_none(), "byte {different:?} is another one the second time");
    ensure!(again.len() == bench.disk.len(), "the sizes are {} and {}", bench.disk.len(), again.len());
    Ok(())
}

fn floppy(bench: &Bench<'_>) -> Result<()> {
    let disk = bench.make("floppy.img", image::Args { size: Some(FLOPPY_SIZE), ..image::Args::default() })?;
    ensure!(disk.len() as u64 == FLOPPY_SIZE, "it has {} bytes", disk.len());
    let partitions = partitions(&disk);
    let active = partitions.iter().find(|(status, ..)| *status == 0x80);
    let Some((_, _, partition_lba, _)) = active else { anyhow::bail!("it has no active partition") };
    ensure!(*partition_lba < PARTITION_LBA, "its volume starts at LBA {partition_lba}");
    stage2(&disk, *partition_lba)
}

fn new_checksums(bench: &Bench<'_>) -> Result<()> {
    let image = bench.path("checksums.img");
    let disk = bench.make("checksums.img", image::Args::default())?;
    let original = update_checksums::volume(&image)?.read(config::PATH)?;
    ensure!(
        Config::parse(&original).is_ok_and(|config| config.has_checksum),
        "it has no checksum to begin with"
    );
    let edited = String::from_utf8(original)?.replace("kernel = ", "cmdline = x\nkernel = ");
    ensure!(
        matches!(Config::parse(edited.as_bytes()), Err(ConfigError::Checksum(_))),
        "an edit isn't noticed"
    );
    update_checksums::volume(&image)?.replace(config::PATH, edited.as_bytes())?;
    update_checksums::update(&image, None)?;
    let again = update_checksums::volume(&image)?.read(config::PATH)?;
    let config = Config::parse(&again).map_err(|error| anyhow::anyhow!("{error}"))?;
    ensure!(config.has_checksum && config.command_line == "x", "it has no new checksum");
    ensure!(config.checksum_of(config.kernel).is_some(), "the kernel has no checksum");
    let kernel = update_checksums::volume(&image)?.read(config.kernel)?;
    fs::write(&image, disk)?;
    ensure!(update_checksums::volume(&image)?.read(config.kernel)? == kernel, "the kernel is another one");
    Ok(())
}

fn no_elf_no_image(bench: &Bench<'_>) -> Result<()> {
    let kernel = bench.path("kernel.txt");
    fs::write(&kernel, "no kernel")?;
    let made = bench.make("refused.img", image::Args { kernel: Some(kernel), ..image::Args::default() });
    ensure!(made.is_err(), "it was taken");
    ensure!(!bench.path("refused.img").exists(), "there is an image all the same");
    Ok(())
}

/// Two clones of the same sources make the same bytes: neither compiler nor linker wrote down where they are.
fn no_directory_is_named(bench: &Bench<'_>) -> Result<()> {
    for (directory, name) in source_paths::all(bench.workspace, &bench.workspace.path("Cargo.toml")) {
        let path = directory.display().to_string();
        let places = memchr::memmem::find_iter(&bench.disk, path.as_bytes());
        // In the middle of a longer path it is another directory, of the compiler's own sources say.
        let is_begin =
            |place: &usize| bench.disk[..*place].last().is_none_or(|byte| !byte.is_ascii_graphic());
        let found = places.filter(is_begin).count();
        ensure!(found == 0, "{path} stands in it {found} times, not as {name}");
        ensure!(memchr::memmem::find(&bench.disk, name.as_bytes()).is_some(), "{name} doesn't stand in it");
    }
    Ok(())
}
