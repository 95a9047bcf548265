//! Finished images, byte by byte, and through the eyes of two other crates: `mbrman` and `fatfs`.

#![expect(clippy::unwrap_used, reason = "helper functions of tests")]

use std::fs;
use std::io::{Cursor, Read as _};
use std::path::{Path, PathBuf};

use boot_layout::disk::{BOOT_SIGNATURE, DISK_SIGNATURE, PARTITION_TABLE};
use disk_image::{Error, FLOPPY_SIZE, FatKind, ImagePlan};
use tempfile::TempDir;

const MIB: u64 = 1 << 20;

/// A boot sector of NOPs.
const STAGE1: [u8; 512] = {
    let mut sector = [0; 512];
    let mut position = 0;
    while position < 440 {
        sector[position] = 0x90;
        position += 1;
    }
    [sector[510], sector[511]] = BOOT_SIGNATURE;
    sector
};

const STAGE2: [u8; 3 * 512] = [0x5A; 3 * 512];

fn plan() -> ImagePlan<'static> {
    ImagePlan::new(&STAGE1, &STAGE2)
}

/// `len` bytes that tell where they belong.
fn pattern(len: usize) -> Vec<u8> {
    (0..len / 4 + 1).flat_map(|index| u32::try_from(index).unwrap().to_le_bytes()).take(len).collect()
}

/// Returns a directory that disappears, and an image's path in it.
fn target() -> (TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("disk.img");
    (directory, path)
}

fn written(plan: &ImagePlan<'_>) -> Vec<u8> {
    let (_directory, path) = target();
    let size = plan.write(&path, &mut |_| ()).unwrap();
    let bytes = fs::read(path).unwrap();
    assert_eq!(bytes.len() as u64, size);
    bytes
}

fn word(bytes: &[u8], offset: usize) -> u32 {
    u32::from_le_bytes(*bytes[offset..].first_chunk().unwrap())
}

/// Returns the bytes of the first partition.
fn volume(image: &[u8]) -> &[u8] {
    let entry = &image[PARTITION_TABLE.start..];
    let (start, sectors) = (word(entry, 8) as usize, word(entry, 12) as usize);
    &image[start * 512..(start + sectors) * 512]
}

fn mounted(image: &[u8]) -> fatfs::FileSystem<Cursor<Vec<u8>>> {
    fatfs::FileSystem::new(Cursor::new(volume(image).to_vec()), fatfs::FsOptions::new()).unwrap()
}

fn file_in(image: &[u8], path: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    mounted(image).root_dir().open_file(&path[1..]).unwrap().read_to_end(&mut bytes).unwrap();
    bytes
}

/// Returns whether the volume has `content` in one extent, which begins at a cluster's start.
fn is_contiguous(image: &[u8], content: &[u8]) -> bool {
    volume(image).windows(content.len()).any(|window| window == content)
}

#[test]
fn the_boot_sector_keeps_stage_1_and_gets_a_signature_and_one_active_partition() {
    let image = written(&plan());
    assert_eq!(image[..440], STAGE1[..440]);
    assert_ne!(word(&image, DISK_SIGNATURE.start), 0);
    let entry = [0x80, 0x20, 0x21, 0, 0x01, 0x0A, 0x08, 0x02, 0, 8, 0, 0, 0, 0x78, 0, 0];
    assert_eq!(image[PARTITION_TABLE.start..][..16], entry);
    assert!(image[PARTITION_TABLE.start + 16..PARTITION_TABLE.end].iter().all(|byte| *byte == 0));
    assert_eq!(image[510..512], BOOT_SIGNATURE);
}

#[test]
fn another_crate_reads_the_same_partition_table() {
    let image = written(&plan());
    let mbr = mbrman::MBR::read_from(&mut Cursor::new(&image), 512).unwrap();
    assert_eq!(mbr.header.disk_signature, image[440..444]);
    let active: Vec<_> =
        mbr.iter().filter(|(_, partition)| partition.is_active()).map(|(index, _)| index).collect();
    assert_eq!(active, [1]);
    let partition = &mbr[1];
    assert_eq!((partition.starting_lba, partition.sectors, partition.sys), (2048, 30720, 0x01));
    assert_eq!(partition.first_chs, mbrman::CHS::new(0, 32, 33));
    assert_eq!(partition.last_chs, mbrman::CHS::new(2, 10, 8));
}

#[test]
fn stage_2_follows_the_boot_sector_and_the_rest_of_the_gap_is_zero() {
    let image = written(&plan());
    assert_eq!(image[512..512 + STAGE2.len()], STAGE2);
    assert!(image[512 + STAGE2.len()..2048 * 512].iter().all(|byte| *byte == 0));
}

#[test]
fn the_volume_knows_where_on_which_disk_it_is() {
    for kind in [FatKind::Fat12, FatKind::Fat16, FatKind::Fat32] {
        let mut plan = plan();
        plan.set_size(64 * MIB);
        plan.set_kind(kind);
        let image = written(&plan);
        let boot_sector = &volume(&image)[..512];
        assert_eq!(word(boot_sector, 0x1C), 2048, "{kind}: hidden sectors");
        assert_eq!(boot_sector[0x18..0x1C], [63, 0, 255, 0], "{kind}: geometry");
        let drive = if kind == FatKind::Fat32 { 0x40 } else { 0x24 };
        assert_eq!(boot_sector[drive], 0x80, "{kind}: drive");
        assert_eq!(mounted(&image).volume_label(), "FARJUMP");
        if kind == FatKind::Fat32 {
            assert_eq!(&volume(&image)[6 * 512..7 * 512], boot_sector, "the second copy");
        }
    }
}

#[test]
fn each_kind_of_fat_has_its_partition_type() {
    for (kind, partition_type) in [(FatKind::Fat12, 0x01), (FatKind::Fat16, 0x0E), (FatKind::Fat32, 0x0C)] {
        let mut plan = plan();
        plan.set_size(64 * MIB);
        plan.set_kind(kind);
        plan.add_bytes("/file", pattern(100_000)).unwrap();
        let image = written(&plan);
        assert_eq!(image[PARTITION_TABLE.start + 4], partition_type);
        assert_eq!(format!("{:?}", mounted(&image).fat_type()), format!("{kind:?}"));
        assert_eq!(file_in(&image, "/file"), pattern(100_000), "{kind}");
    }
}

#[test]
fn files_are_read_back_as_they_were_from_memory_and_from_disk() {
    let (directory, _) = target();
    let source = directory.path().join("kernel");
    fs::write(&source, pattern(3_000_000)).unwrap();
    let mut plan = plan();
    plan.add_file("/kernel.elf", &source).unwrap();
    plan.add_bytes("/modules/deep/er/greeter.so", pattern(70_000)).unwrap();
    plan.add_bytes("/empty", Vec::new()).unwrap();
    let image = written(&plan);
    assert_eq!(file_in(&image, "/kernel.elf"), pattern(3_000_000));
    assert_eq!(file_in(&image, "/modules/deep/er/greeter.so"), pattern(70_000));
    assert_eq!(file_in(&image, "/empty"), []);
}

#[test]
fn every_file_is_in_one_extent() {
    let contents: Vec<Vec<u8>> = (1..6).map(|index| pattern(index * 150_000)).collect();
    let mut plan = plan();
    for (index, content) in contents.iter().enumerate() {
        plan.add_bytes(&format!("/subdir {index}/a long name for a file"), content.clone()).unwrap();
    }
    let image = written(&plan);
    assert!(contents.iter().all(|content| is_contiguous(&image, content)));
}

#[test]
fn names_may_be_255_characters_long_and_not_ascii() {
    let long = format!("/{}", "n".repeat(255));
    let mut plan = plan();
    plan.add_bytes(&long, pattern(10)).unwrap();
    plan.add_bytes("/Größe – 尺寸.txt", pattern(20)).unwrap();
    let image = written(&plan);
    assert_eq!(file_in(&image, &long), pattern(10));
    assert_eq!(file_in(&image, "/Größe – 尺寸.txt"), pattern(20));
}

#[test]
fn the_same_contents_make_the_same_bytes_and_others_another_signature() {
    let image = |content: &[u8]| {
        let mut plan = plan();
        plan.add_bytes("/subdir/file", content.to_vec()).unwrap();
        written(&plan)
    };
    let first = image(b"one");
    assert!(first == image(b"one"));
    assert_ne!(word(&first, DISK_SIGNATURE.start), word(&image(b"two"), DISK_SIGNATURE.start));
}

#[test]
fn a_floppys_volume_begins_after_stage_2_and_has_a_floppys_shape() {
    let mut plan = plan();
    plan.set_size(FLOPPY_SIZE);
    plan.add_bytes("/kernel.elf", pattern(1_000_000)).unwrap();
    let image = written(&plan);
    assert_eq!(image.len(), 1_474_560);
    // Sector 4 is cylinder 0, head 0, sector 5; the last is cylinder 79, head 1, sector 18.
    let entry = [0x80, 0, 5, 0, 0x01, 1, 18, 79, 4, 0, 0, 0, 0x3C, 0x0B, 0, 0];
    assert_eq!(image[PARTITION_TABLE.start..][..16], entry);
    let boot_sector = &volume(&image)[..512];
    assert_eq!(boot_sector[0x15], 0xF0, "media");
    assert_eq!(boot_sector[0x18..0x20], [18, 0, 2, 0, 4, 0, 0, 0], "geometry, hidden sectors");
    assert_eq!(boot_sector[0x24], 0, "drive");
    assert_eq!(file_in(&image, "/kernel.elf"), pattern(1_000_000));
}

#[test]
fn a_disk_of_a_gibibyte_takes_hardly_any_room_on_the_host() {
    let (_directory, path) = target();
    let mut plan = plan();
    plan.set_size(1024 * MIB);
    plan.write(&path, &mut |_| ()).unwrap();
    assert_eq!(fs::metadata(&path).unwrap().len(), 1024 * MIB);
    #[cfg(target_os = "linux")]
    assert!(std::os::unix::fs::MetadataExt::blocks(&fs::metadata(&path).unwrap()) * 512 < 2 * MIB);
}

#[test]
fn chs_fields_say_beyond_reach_on_a_disk_of_ten_gibibytes() {
    let (_directory, path) = target();
    let mut plan = plan();
    plan.set_size(10 << 30);
    plan.write(&path, &mut |_| ()).unwrap();
    let mut boot_sector = [0; 512];
    fs::File::open(path).unwrap().read_exact(&mut boot_sector).unwrap();
    assert_eq!(boot_sector[PARTITION_TABLE.start + 4..][..4], [0x0C, 0xFE, 0xFF, 0xFF]);
}

#[test]
fn progress_adds_up_to_all_bytes_of_all_files() {
    let (_directory, path) = target();
    let mut plan = plan();
    plan.add_bytes("/one", pattern(12_345)).unwrap();
    plan.add_bytes("/two", pattern(1)).unwrap();
    let mut seen = 0;
    plan.write(&path, &mut |bytes| seen += bytes).unwrap();
    assert_eq!((seen, plan.content_bytes()), (12_346, 12_346));
}

#[test]
fn contents_that_do_not_fit_are_an_error_that_says_what_would_do() {
    let (_directory, path) = target();
    let mut plan = plan();
    plan.add_bytes("/file", pattern(3_000_000)).unwrap();
    for size in [512, MIB, 2 * MIB, FLOPPY_SIZE] {
        plan.set_size(size);
        let Err(error) = plan.write(&path, &mut |_| ()) else { panic!("3 MB fit in {size}") };
        assert!(matches!(error, Error::TooSmall { needed, .. } if needed == 4 * MIB), "{error}");
    }
    plan.set_size(4 * MIB);
    plan.write(&path, &mut |_| ()).unwrap();
}

#[test]
fn what_is_no_boot_sector_or_no_stage_2_is_refused() {
    let (_directory, path) = target();
    let mut occupied = STAGE1;
    occupied[450] = 1;
    for stage1 in [&STAGE1[..511], &[0; 512], &occupied] {
        let written = ImagePlan::new(stage1, &STAGE2).write(&path, &mut |_| ());
        assert!(matches!(written, Err(Error::Stage1(_))));
    }
    for stage2 in [&[][..], &STAGE2[1..]] {
        let written = ImagePlan::new(&STAGE1, stage2).write(&path, &mut |_| ());
        assert!(matches!(written, Err(Error::Stage2(_))));
    }
}

#[test]
fn one_name_can_not_be_two_files_nor_a_file_and_a_directory() {
    let mut plan = plan();
    plan.add_bytes("/subdir/file", Vec::new()).unwrap();
    let mut add = |path| plan.add_bytes(path, Vec::new());
    assert!(matches!(add("/Subdir/FILE"), Err(Error::Duplicate(_))));
    assert!(matches!(add("/subdir"), Err(Error::FileAndDirectory(_))));
    assert!(matches!(add("/subdir/file/more"), Err(Error::FileAndDirectory(_))));
    assert!(matches!(add("relative"), Err(Error::Destination { .. })));
}

#[test]
fn directories_that_differ_in_case_alone_are_one() {
    let mut plan = plan();
    plan.add_bytes("/Modules/one", pattern(1)).unwrap();
    plan.add_bytes("/modules/two", pattern(2)).unwrap();
    let image = written(&plan);
    assert_eq!(file_in(&image, "/MODULES/one"), pattern(1));
    assert_eq!(file_in(&image, "/MODULES/two"), pattern(2));
}

#[test]
fn a_missing_file_a_directory_and_a_file_of_4_gib_are_refused_at_once() {
    let (directory, path) = target();
    let mut plan = plan();
    assert!(matches!(plan.add_file("/a", &path), Err(Error::Host { .. })));
    assert!(matches!(plan.add_file("/a", directory.path()), Err(Error::NotAFile(_))));
    fs::File::create(&path).unwrap().set_len(4 << 30).unwrap();
    assert!(matches!(plan.add_file("/a", &path), Err(Error::FileTooLarge { .. })));
}

#[test]
fn after_an_error_the_old_image_is_there_and_nothing_else() {
    let (directory, path) = target();
    fs::write(&path, b"the old image").unwrap();
    let source = directory.path().join("source");
    fs::write(&source, pattern(1000)).unwrap();
    let mut plan = plan();
    plan.add_file("/file", &source).unwrap();
    fs::write(&source, pattern(999)).unwrap();
    assert!(matches!(plan.write(&path, &mut |_| ()), Err(Error::Changed(_))));
    assert_eq!(fs::read(&path).unwrap(), b"the old image");
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 2);
}

#[test]
fn a_target_that_is_no_regular_file_is_refused() {
    let (directory, _) = target();
    let written = plan().write(directory.path(), &mut |_| ());
    assert!(matches!(written, Err(Error::TargetNotAFile(_))));
    let written = plan().write(Path::new("/dev/null"), &mut |_| ());
    assert!(matches!(written, Err(Error::TargetNotAFile(_))));
}

#[test]
fn a_directory_that_is_missing_is_an_error_that_names_it() {
    let (directory, _) = target();
    let path = directory.path().join("missing").join("disk.img");
    let error = plan().write(&path, &mut |_| ()).unwrap_err();
    assert!(
        matches!(&error, Error::NoDirectory(missing) if *missing == directory.path().join("missing")),
        "{error}"
    );
}

#[test]
fn more_files_than_the_root_directory_holds_are_an_error_and_leave_nothing() {
    let (directory, path) = target();
    let mut plan = plan();
    for index in 0..128 {
        plan.add_bytes(&format!("/a name that takes three entries {index}"), Vec::new()).unwrap();
    }
    let error = plan.write(&path, &mut |_| ()).unwrap_err();
    assert!(matches!(error, Error::RootDirectoryFull { entries: 513, room: 512 }), "{error}");
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 0);
}
