//! Damaged volumes: each kind of damage has its own error. The fuzz targets test that no damage makes the reader panic or
//! leave the partition.

use super::volume::{TestVolume, mount};
use super::*;

/// Returns a FAT16 volume with a file of five clusters, and the number of the first one.
fn five_clusters() -> (MemoryDisk, Volume, u32) {
    let mut disk = TestVolume::new(fatfs::FatType::Fat16, 4, 512).with_file("a", &[7; 2500]).disk();
    let mut mounted = mount(&mut disk).unwrap();
    let first = mounted.open(&mut disk, "/a").unwrap().first_cluster();
    (disk, mounted, first)
}

/// Changes the entry of a cluster in the first file allocation table of a FAT16 volume.
fn set_entry(disk: &mut MemoryDisk, mounted: &Volume, cluster: u32, value: u16) {
    let start = usize::try_from(mounted.geometry.fat_lba * 512 + u64::from(cluster) * 2).unwrap();
    disk.bytes[start..start + 2].copy_from_slice(&value.to_le_bytes());
}

/// Returns the offset on the drive of the directory entry with this short name.
fn find_entry(disk: &MemoryDisk, short_name: &[u8; 11]) -> usize {
    (0..disk.bytes.len()).step_by(32).find(|start| disk.bytes[*start..].starts_with(short_name)).unwrap()
}

/// Returns the error of reading `/a` after the entry of its cluster `index` was set to `value`.
fn error_of_entry(index: u32, value: u16) -> ChainError {
    let (mut disk, mounted, first) = five_clusters();
    set_entry(&mut disk, &mounted, first + index, value);
    let mut remounted = mount(&mut disk).unwrap();
    match read_file(&mut remounted, &mut disk, "/a") {
        Err(FatError::Chain(error)) => error,
        other => panic!("{other:?}"),
    }
}

#[test]
fn each_damage_of_a_chain_has_its_own_error() {
    let (_, mounted, first) = five_clusters();
    let limit = mounted.geometry.cluster_limit;
    assert_eq!(error_of_entry(1, 0), ChainError::Free(first + 1));
    assert_eq!(error_of_entry(1, 0xFFF7), ChainError::Bad(first + 1));
    assert_eq!(error_of_entry(2, 1), ChainError::OutOfRange { cluster: 1, limit });
    let entry = u16::try_from(limit).unwrap();
    assert_eq!(error_of_entry(2, entry), ChainError::OutOfRange { cluster: limit, limit });
    assert_eq!(error_of_entry(2, 0xFFF0), ChainError::OutOfRange { cluster: 0xFFF0, limit });
    assert_eq!(error_of_entry(2, 0xFFF8), ChainError::TooShort(3));
    let in_a_circle = u16::try_from(first).unwrap();
    assert_eq!(error_of_entry(2, in_a_circle), ChainError::Circle(first));
    assert_eq!(error_of_entry(4, in_a_circle), ChainError::TooLong(first + 4));
}

#[test]
fn the_upper_half_of_a_first_cluster_is_used_only_on_fat32() {
    let first_cluster = |fat_type, megabytes| {
        let mut disk = TestVolume::new(fat_type, megabytes, 512).with_file("a", &[7; 2500]).disk();
        let entry = find_entry(&disk, b"A          ");
        disk.bytes[entry + 20..entry + 22].copy_from_slice(&[0x34, 0x02]);
        let mut mounted = mount(&mut disk).unwrap();
        let file = mounted.open(&mut disk, "/a").unwrap();
        let low = u32::from(u16::from_le_bytes([disk.bytes[entry + 26], disk.bytes[entry + 27]]));
        (file.first_cluster(), low)
    };
    for (fat_type, megabytes) in [(fatfs::FatType::Fat12, 1), (fatfs::FatType::Fat16, 4)] {
        let (cluster, low) = first_cluster(fat_type, megabytes);
        assert_eq!(cluster, low, "{fat_type:?}: other systems use these bytes differently");
    }
    let (cluster, low) = first_cluster(fatfs::FatType::Fat32, 40);
    assert_eq!(cluster, 0x0234_0000 + low);
}

#[test]
fn a_file_larger_than_its_volume_is_an_error() {
    let (mut disk, _, first) = five_clusters();
    let entry = find_entry(&disk, b"A          ");
    disk.bytes[entry + 28..entry + 32].copy_from_slice(&u32::MAX.to_le_bytes());
    let mut mounted = mount(&mut disk).unwrap();
    let mut file = mounted.open(&mut disk, "/a").unwrap();
    let size = u64::from(u32::MAX);
    let error = mounted.read(&mut disk, &mut file, size - 1..size, |_| ()).unwrap_err();
    assert_eq!(error, ChainError::LargerThanVolume(size).into());
    let mut chunks = 0;
    let error = mounted.read(&mut disk, &mut file, 0..size, |_| chunks += 1).unwrap_err();
    assert_eq!((error, chunks), (ChainError::TooShort(5).into(), 0));
    disk.bytes[entry + 26..entry + 28].copy_from_slice(&[0, 0]);
    let error = read_file(&mut mounted, &mut disk, "/a").unwrap_err();
    assert!(matches!(error, FatError::Chain(ChainError::OutOfRange { cluster: 0, .. })), "{first}: {error}");
}

#[test]
fn an_endless_directory_is_an_error() {
    let volume = TestVolume::new(fatfs::FatType::Fat16, 4, 512).with_file("modules/a", b"");
    let mut disk = volume.disk();
    let mut mounted = mount(&mut disk).unwrap();
    let entry = find_entry(&disk, b"MODULES    ");
    let cluster = u32::from(u16::from_le_bytes([disk.bytes[entry + 26], disk.bytes[entry + 27]]));
    let start = usize::try_from(mounted.geometry.cluster_lba(cluster) * 512).unwrap();
    disk.bytes[start..start + 512].fill(0xE5);
    set_entry(&mut disk, &mounted, cluster, u16::try_from(cluster).unwrap());
    let error = mounted.open(&mut disk, "/modules/b").map(|_| ()).unwrap_err();
    assert_eq!(error, ChainError::EndlessDirectory.into());
}

#[test]
fn a_long_name_with_a_wrong_checksum_or_a_missing_entry_is_ignored() {
    let name = "a name of two halves";
    for (entry, offset) in [(0, 13), (0, 0), (1, 0), (1, 13)] {
        let mut disk = TestVolume::new(fatfs::FatType::Fat12, 2, 512).with_file(name, b"x").disk();
        let short = find_entry(&disk, b"ANAMEO~1   ");
        disk.bytes[short - 64 + entry * 32 + offset] ^= 0x02;
        let mut mounted = mount(&mut disk).unwrap();
        assert_eq!(list(&mut mounted, &mut disk, "/"), [("ANAMEO~1".to_owned(), 1, false)]);
        assert!(mounted.open(&mut disk, &format!("/{name}")).is_err());
    }
}

#[test]
fn short_names_keep_the_case_that_windows_stored() {
    let mut disk = TestVolume::new(fatfs::FatType::Fat12, 2, 512).with_file("KERNEL.ELF", b"x").disk();
    let entry = find_entry(&disk, b"KERNEL  ELF");
    disk.bytes[entry - 32] = 0xE5; // the long name, which would be used instead
    for (case, name) in [(0x08, "kernel.ELF"), (0x10, "KERNEL.elf"), (0x18, "kernel.elf")] {
        disk.bytes[entry + 12] = case;
        let mut mounted = mount(&mut disk).unwrap();
        assert_eq!(list(&mut mounted, &mut disk, "/"), [(name.to_owned(), 1, false)]);
    }
}

#[test]
fn boot_sectors_of_other_file_systems_and_sizes_have_their_own_errors() {
    let good = volume::boot_sector(5000);
    let error = |offset: usize, bytes: &[u8]| {
        let mut sector = good;
        sector[offset..offset + bytes.len()].copy_from_slice(bytes);
        Geometry::parse(&sector, 2048, 10_000).unwrap_err()
    };
    assert!(Geometry::parse(&good, 2048, 10_000).is_ok());
    assert_eq!(error(510, &[0]), BootSectorError::Signature(0x00AA));
    assert_eq!(error(3, b"NTFS    "), BootSectorError::OtherFileSystem("NTFS"));
    assert_eq!(error(11, &[0, 0x10]), BootSectorError::SectorSize(4096));
    assert_eq!(error(13, &[0]), BootSectorError::SectorsPerCluster(0));
    assert_eq!(error(13, &[3]), BootSectorError::SectorsPerCluster(3));
    assert_eq!(error(14, &[0]), BootSectorError::NoReservedSectors);
    assert_eq!(error(16, &[0]), BootSectorError::NoFat);
    let too_large = BootSectorError::PastPartitionEnd { total_sectors: 10_001, partition_sectors: 10_000 };
    assert_eq!(error(32, &10_001u32.to_le_bytes()), too_large);
    let no_clusters = BootSectorError::NoClusters { data_start: 545, total_sectors: 545 };
    assert_eq!(error(32, &545u32.to_le_bytes()), no_clusters);
    assert_eq!(error(22, &[0, 0]), BootSectorError::NoFat);
    let fat32 = Geometry::parse(
        &{
            let mut s = volume::boot_sector(65_525);
            s[13] = 4;
            s
        },
        1,
        1 << 20,
    )
    .unwrap_err();
    assert_eq!(fat32, BootSectorError::LayoutMismatch { is_fat32: true, clusters: 16_381 });
    assert!(Geometry::parse(&good, u64::MAX - 5000, 10_000).is_err(), "sector numbers don't wrap");
}
