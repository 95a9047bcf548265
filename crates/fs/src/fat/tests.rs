//! Reads volumes made by the `fatfs` crate, and damaged volumes.

mod damage;
mod differential;
mod volume;

use super::*;
use crate::block::tests::{MemoryDisk, NoSuchSector};
use volume::TestVolume;

/// Reads a whole file.
fn read_file(
    mounted: &mut Volume,
    disk: &mut MemoryDisk,
    path: &str,
) -> Result<Vec<u8>, FatError<NoSuchSector>> {
    let mut file = mounted.open(disk, path)?;
    let mut bytes = Vec::new();
    let size = file.size();
    mounted.read(disk, &mut file, 0..size, |chunk| bytes.extend_from_slice(chunk))?;
    Ok(bytes)
}

/// Returns name, size and kind of all entries of a directory, sorted.
fn list(mounted: &mut Volume, disk: &mut MemoryDisk, path: &str) -> Vec<(String, u64, bool)> {
    let mut entries = Vec::new();
    let each = |name: &str, size, attributes: Attributes| {
        entries.push((name.to_owned(), size, attributes.is_directory()));
    };
    mounted.for_each_entry(disk, path, each).unwrap();
    entries.sort();
    entries
}

#[test]
fn the_type_is_decided_by_the_number_of_clusters_alone() {
    // The last FAT12, the first and last FAT16, the first FAT32, as the specification has them.
    for (clusters, expected) in
        [(4084, FatType::Fat12), (4085, FatType::Fat16), (65_524, FatType::Fat16), (65_525, FatType::Fat32)]
    {
        let sector = volume::boot_sector(clusters);
        let geometry = Geometry::parse(&sector, 2048, 1 << 20).unwrap();
        assert_eq!((geometry.fat_type, geometry.cluster_limit), (expected, clusters + 2));
    }
}

#[test]
fn a_name_with_control_characters_is_listed_without_them_and_found_with_them() {
    const NAME: &str = "\u{1B}[31mOWNED\u{1B}]0;title\u{7}\u{7F}\u{9B}\u{9}.txt";
    let mut disk = TestVolume::new(fatfs::FatType::Fat16, 16, 2048)
        .with_file("a", b"")
        .with_file("\u{E01B}[31mOWNED\u{E01B}]0;title\u{E007}\u{E07F}\u{E09B}\u{E009}.txt", b"text")
        .disk();
    let is_long_name = |entry: &&mut [u8]| entry[11] == 0x0F && entry[26..28] == [0, 0];
    for entry in disk.bytes.chunks_exact_mut(32).filter(is_long_name) {
        entry.iter_mut().filter(|byte| **byte == 0xE0).for_each(|byte| *byte = 0);
    }
    let mut mounted = volume::mount(&mut disk).unwrap();
    let shown = "\u{FFFD}[31mOWNED\u{FFFD}]0;title\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}.txt";
    assert_eq!(list(&mut mounted, &mut disk, "/"), [("a".into(), 0, false), (shown.into(), 4, false)]);
    assert_eq!(read_file(&mut mounted, &mut disk, &format!("/{NAME}")).unwrap(), b"text");
    assert!(read_file(&mut mounted, &mut disk, &format!("/{shown}")).is_err());
}

#[test]
fn a_contiguous_file_is_read_in_the_longest_possible_reads() {
    for (fat_type, megabytes, cluster) in [
        (fatfs::FatType::Fat12, 16, 8192),
        (fatfs::FatType::Fat16, 16, 2048),
        (fatfs::FatType::Fat32, 48, 512),
    ] {
        let contents: Vec<u8> =
            (0..8u32 << 20).map(|i| i.wrapping_mul(0x9E37_79B9).to_be_bytes()[0]).collect();
        let mut disk =
            TestVolume::new(fat_type, megabytes, cluster).with_file("kernel.elf", &contents).disk();
        let mut mounted = volume::mount(&mut disk).unwrap();
        assert!(read_file(&mut mounted, &mut disk, "/kernel.elf").unwrap() == contents);
        let reads = disk.reads.len();
        // 16384 sectors by 127 are 130 reads; the rest are boot sector, directory and FAT.
        assert!(reads <= 143, "{fat_type:?}: {reads} reads");
    }
}

#[test]
fn only_the_sectors_of_the_range_are_read() {
    let contents: Vec<u8> = (0..20_000u32).map(|i| i.to_le_bytes()[0]).collect();
    let mut disk = TestVolume::new(fatfs::FatType::Fat16, 16, 2048).with_file("a", &contents).disk();
    let mut mounted = volume::mount(&mut disk).unwrap();
    let mut file = mounted.open(&mut disk, "/a").unwrap();
    mounted.read(&mut disk, &mut file, 0..2049, |_| ()).unwrap();
    let first_lba = mounted.geometry.cluster_lba(file.first_cluster());
    disk.reads.clear();
    let mut chunks = Vec::new();
    mounted.read(&mut disk, &mut file, 1000..4097, |chunk| chunks.extend_from_slice(chunk)).unwrap();
    assert_eq!(chunks, contents[1000..4097]);
    assert_eq!(disk.reads, [(first_lba + 1, 8)]);
    disk.reads.clear();
    mounted.read(&mut disk, &mut file, 512..512, |_| panic!("no bytes")).unwrap();
    assert_eq!(disk.reads, []);
}

#[test]
fn a_drive_that_reads_one_sector_at_a_time_returns_the_same_bytes() {
    for (fat_type, megabytes) in [(fatfs::FatType::Fat12, 1), (fatfs::FatType::Fat32, 40)] {
        let contents: Vec<u8> = (0..100_000u32).map(|i| i.to_le_bytes()[1]).collect();
        let mut disk = TestVolume::new(fat_type, megabytes, 512).with_file("d/e/f", &contents).disk();
        disk.max_sectors = 1;
        let mut mounted = volume::mount(&mut disk).unwrap();
        assert!(read_file(&mut mounted, &mut disk, "/d/e/f").unwrap() == contents);
    }
}

#[test]
fn paths_are_found_in_any_case_by_their_long_and_short_names() {
    let volume = TestVolume::new(fatfs::FatType::Fat12, 2, 1024)
        .with_file("modules/A quite long name, with \u{e4}\u{20ac}\u{4E2D}.so", b"long")
        .with_file("KERNEL.ELF", b"short");
    let mut disk = volume.disk();
    let mut mounted = volume::mount(&mut disk).unwrap();
    for path in
        ["/modules/a QUITE long name, with \u{e4}\u{20ac}\u{4E2D}.so", "//Modules//../MODULES/./AQUITE~1.so"]
    {
        assert_eq!(read_file(&mut mounted, &mut disk, path).unwrap(), b"long", "{path}");
    }
    assert_eq!(read_file(&mut mounted, &mut disk, "/kernel.elf").unwrap(), b"short");
    let name = "A quite long name, with \u{e4}\u{20ac}\u{4E2D}.so".to_owned();
    assert_eq!(list(&mut mounted, &mut disk, "/modules/"), [(name, 4, false)]);
}

#[test]
fn errors_of_paths_contain_the_length_of_the_existing_part() {
    let mut disk = TestVolume::new(fatfs::FatType::Fat12, 2, 1024).with_file("modules/a.so", b"").disk();
    let mut mounted = volume::mount(&mut disk).unwrap();
    let mut open = |path| mounted.open(&mut disk, path).map(|file| file.size());
    assert_eq!(open("/modules/a.so"), Ok(0));
    assert_eq!(open("/modules/b.so"), Err(PathError::NotFound { directory_len: 9 }.into()));
    assert_eq!(open("/kernel.elf"), Err(PathError::NotFound { directory_len: 1 }.into()));
    assert_eq!(open("/module/a.so"), Err(PathError::NotFound { directory_len: 1 }.into()));
    assert_eq!(open("/modules/a.so/b"), Err(PathError::NotADirectory { file_len: 13 }.into()));
    assert_eq!(open("/modules"), Err(PathError::IsADirectory.into()));
    assert_eq!(open("/"), Err(PathError::IsADirectory.into()));
    assert_eq!(open("modules"), Err(PathError::Relative.into()));
    let not_a_directory = mounted.for_each_entry(&mut disk, "/modules/a.so", |_, _, _| ());
    assert_eq!(not_a_directory, Err(PathError::NotADirectory { file_len: 13 }.into()));
}

#[test]
fn attributes_are_those_of_the_entry() {
    let mut disk = TestVolume::new(fatfs::FatType::Fat12, 2, 1024).with_file("D/KERNEL.ELF", b"").disk();
    let entry = disk.bytes.windows(11).position(|bytes| bytes == b"KERNEL  ELF").unwrap();
    let mut attributes = |byte: u8| {
        disk.bytes[entry + 11] = byte;
        let mut mounted = volume::mount(&mut disk).unwrap();
        let mut found = None;
        mounted.for_each_entry(&mut disk, "/d", |_, _, attributes| found = Some(attributes)).unwrap();
        let a = found.unwrap();
        [a.is_read_only(), a.is_hidden(), a.is_system(), a.is_directory(), a.is_archive()]
    };
    assert_eq!(attributes(0), [false; 5]);
    for (bit, index) in [(0x01, 0), (0x02, 1), (0x04, 2), (0x10, 3), (0x20, 4)] {
        let mut expected = [false; 5];
        expected[index] = true;
        assert_eq!(attributes(bit), expected, "{bit:#04x}");
    }
    assert_eq!(attributes(0xE7), [true, true, true, false, true], "the upper two bits are reserved");
}

#[test]
fn an_error_of_the_drive_is_passed_on() {
    let mut disk = TestVolume::new(fatfs::FatType::Fat12, 2, 1024).with_file("a", &[1; 9000]).disk();
    let mut mounted = volume::mount(&mut disk).unwrap();
    let file = mounted.open(&mut disk, "/a").unwrap();
    let lba = mounted.geometry.cluster_lba(file.first_cluster());
    disk.bad_sector = Some(lba + 3);
    let error = read_file(&mut mounted, &mut disk, "/a").unwrap_err();
    assert_eq!(error, FatError::Read { lba, count: 18, cause: NoSuchSector(lba) });
    assert_eq!(error.to_string(), format!("sectors {lba} to {}: no sector {lba}", lba + 17));
}

#[test]
fn a_read_past_the_end_of_a_file_is_an_error() {
    let mut disk = TestVolume::new(fatfs::FatType::Fat12, 2, 1024).with_file("a", &[1; 9]).disk();
    let mut mounted = volume::mount(&mut disk).unwrap();
    let mut file = mounted.open(&mut disk, "/a").unwrap();
    let past_end = Err(FatError::PastFileEnd { end: 10, size: 9 });
    assert_eq!(mounted.read(&mut disk, &mut file, 9..10, |_| ()), past_end);
}
