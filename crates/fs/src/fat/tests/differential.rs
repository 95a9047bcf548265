//! Compares this crate with `fatfs` on volumes with fragmented files, which were extended in turns, rewritten and removed.

use std::collections::BTreeMap;
use std::io::{Read, Seek, SeekFrom, Write};

use super::volume::{FileSystem, TestVolume, mount};
use super::{MemoryDisk, Volume, list, read_file};
use fuzz_mutator::Random;

const DIRECTORIES: [&str; 3] = ["", "modules/", "modules/a long name/"];

const NAMES: [&str; 8] = [
    "KERNEL.ELF",
    "kernel.old",
    "a name of just 13",
    "name of exactly 26 letters",
    "Gr\u{fc}\u{df}e, \u{20ac} und \u{4E2D}.txt",
    "two.dots.so",
    "no extension",
    "x",
];

/// Path and contents of all files.
type Model = BTreeMap<String, Vec<u8>>;

/// Appends to, rewrites and removes files, so that their clusters are scattered over the volume.
fn modify_files(file_system: &FileSystem<'_>, random: &mut Random, steps: usize) -> Model {
    let root = file_system.root_dir();
    for directory in &DIRECTORIES[1..] {
        root.create_dir(directory.trim_end_matches('/')).unwrap();
    }
    let mut model = Model::new();
    for _ in 0..steps {
        let path = format!("{}{}", DIRECTORIES[random.below(3)], NAMES[random.below(8)]);
        if random.below(5) == 0 {
            if model.remove(&path).is_some() {
                root.remove(&path).unwrap();
            }
            continue;
        }
        let byte = random.byte();
        let size = [random.below(50_000), random.below(3) * 512, random.below(3)][random.below(3)];
        let more: Vec<u8> =
            (0..size).map(|i| byte.wrapping_add(i.to_le_bytes()[0] ^ i.to_le_bytes()[1])).collect();
        let mut file = root.create_file(&path).unwrap();
        file.seek(SeekFrom::End(0)).unwrap();
        file.write_all(&more).unwrap();
        model.entry(path).or_default().extend(more);
    }
    model
}

/// Reads random ranges of a file, back and forth, with one cursor.
fn check_ranges(
    mounted: &mut Volume,
    disk: &mut MemoryDisk,
    path: &str,
    contents: &[u8],
    random: &mut Random,
) {
    let mut file = mounted.open(disk, path).unwrap();
    for _ in 0..10 {
        let start = random.below(contents.len() + 1);
        let end = start + random.below(contents.len() - start + 1);
        let mut bytes = Vec::new();
        mounted
            .read(disk, &mut file, start as u64..end as u64, |chunk| bytes.extend_from_slice(chunk))
            .unwrap();
        assert!(bytes == contents[start..end], "{path}: bytes {start} to {end}");
    }
}

/// Returns the entries that `fatfs` lists.
fn listed_by_fatfs(file_system: &FileSystem<'_>, path: &str) -> Vec<(String, u64, bool)> {
    let root = file_system.root_dir();
    let directory = if path.is_empty() { root } else { root.open_dir(path).unwrap() };
    let entries = directory.iter().map(Result::unwrap).filter(|entry| !entry.file_name().starts_with('.'));
    let mut entries: Vec<_> = entries.map(|entry| (entry.file_name(), entry.len(), entry.is_dir())).collect();
    entries.sort();
    entries
}

fn check_volume(fat_type: fatfs::FatType, megabytes: usize, bytes_per_cluster: u32, seed: u64) {
    let mut random = Random::new(seed);
    let mut volume = TestVolume::new(fat_type, megabytes, bytes_per_cluster);
    let mut model = Model::new();
    let mut listings = Vec::new();
    volume.edit(|file_system| {
        model = modify_files(file_system, &mut random, 150);
        listings = DIRECTORIES.map(|path| listed_by_fatfs(file_system, path.trim_end_matches('/'))).to_vec();
        let last = model.iter().next_back().unwrap();
        let mut by_fatfs = Vec::new();
        file_system.root_dir().open_file(last.0).unwrap().read_to_end(&mut by_fatfs).unwrap();
        assert!(by_fatfs == *last.1, "fatfs has the model's contents");
    });
    let mut disk = volume.disk();
    let mut mounted = mount(&mut disk).unwrap();
    for (directory, listing) in DIRECTORIES.iter().zip(listings) {
        assert_eq!(list(&mut mounted, &mut disk, &format!("/{directory}")), listing);
    }
    for (path, contents) in &model {
        let path = format!("/{}", path.to_ascii_uppercase());
        assert!(read_file(&mut mounted, &mut disk, &path).unwrap() == *contents, "{path}");
        check_ranges(&mut mounted, &mut disk, &path, contents, &mut random);
    }
}

#[test]
fn fat12_volumes_are_read_as_fatfs_reads_them() {
    for (seed, (megabytes, cluster)) in
        (1..).zip([(2, 512), (4, 1024), (8, 4096), (32, 16_384), (64, 32_768)])
    {
        check_volume(fatfs::FatType::Fat12, megabytes, cluster, seed);
    }
}

#[test]
fn fat16_volumes_are_read_as_fatfs_reads_them() {
    for (seed, (megabytes, cluster)) in (10..).zip([(4, 512), (16, 1024), (32, 4096)]) {
        check_volume(fatfs::FatType::Fat16, megabytes, cluster, seed);
    }
}

#[test]
fn fat32_volumes_are_read_as_fatfs_reads_them() {
    for (seed, (megabytes, cluster)) in (20..).zip([(36, 512), (70, 1024)]) {
        check_volume(fatfs::FatType::Fat32, megabytes, cluster, seed);
    }
}
