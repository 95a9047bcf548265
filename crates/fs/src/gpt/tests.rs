//! Reads tables written by these tests and by the `gpt` crate, intact and damaged.

use std::io::Cursor;

use proptest::prelude::*;

use super::*;
use crate::block::tests::{MemoryDisk, NoSuchSector};
use crate::partition::{BootPartition, GptFacts, PartitionError, TableEntry};

type Fault = HeaderError<NoSuchSector>;

/// Sectors of the test disk.
const DISK: u64 = 200;

/// First and last usable sector.
const USABLE: (u64, u64) = (34, DISK - 34);

/// Linux's data partition: 0FC63DAF-8483-4772-8E79-3D69D8477DE4.
const LINUX: Guid =
    Guid([0xAF, 0x3D, 0xC6, 0x0F, 0x83, 0x84, 0x72, 0x47, 0x8E, 0x79, 0x3D, 0x69, 0xD8, 0x47, 0x7D, 0xE4]);

const ESP: Guid = Guid::EFI_SYSTEM_PARTITION;

/// Returns a header at `lba`, with its checksum.
fn header(lba: u64, other: u64, entries_lba: u64, entries: &[u8], change: impl Fn(&mut [u8])) -> [u8; 512] {
    let mut sector = [0; 512];
    sector[..8].copy_from_slice(b"EFI PART");
    sector[8..12].copy_from_slice(&[0, 0, 1, 0]);
    sector[12..16].copy_from_slice(&92u32.to_le_bytes());
    let numbers = [(24, lba), (32, other), (40, USABLE.0), (48, USABLE.1), (72, entries_lba)];
    for (at, number) in numbers {
        sector[at..at + 8].copy_from_slice(&number.to_le_bytes());
    }
    sector[56..72].fill(0xD1);
    sector[80..84].copy_from_slice(&128u32.to_le_bytes());
    sector[84..88].copy_from_slice(&128u32.to_le_bytes());
    sector[88..92].copy_from_slice(&checksum(entries).to_le_bytes());
    change(&mut sector);
    let checksum = checksum(&sector[..92]);
    sector[16..20].copy_from_slice(&checksum.to_le_bytes());
    sector
}

/// Returns the CRC-32, calculated bit by bit, for comparison.
fn checksum(bytes: &[u8]) -> u32 {
    let step = |register: u32| if register & 1 == 0 { register >> 1 } else { register >> 1 ^ 0xEDB8_8320 };
    !bytes
        .iter()
        .fold(!0, |register, byte| (0..8).fold(register ^ u32::from(*byte), |register, _| step(register)))
}

/// Returns a disk with these partitions, on which `change` has edited the headers before their checksums were calculated.
fn disk_with(partitions: &[(Guid, u64, u64)], change: impl Fn(&mut [u8])) -> MemoryDisk {
    let mut entries = vec![0; 128 * 128];
    for (index, (entry, (kind, first, last))) in entries.chunks_mut(128).zip(partitions).enumerate() {
        entry[..16].copy_from_slice(&kind.0);
        entry[16..32].fill(u8::try_from(index).unwrap() + 1);
        entry[32..40].copy_from_slice(&first.to_le_bytes());
        entry[40..48].copy_from_slice(&last.to_le_bytes());
    }
    let mut bytes = vec![0; usize::try_from(DISK).unwrap() * 512];
    bytes[446..462].copy_from_slice(&[0, 0, 2, 0, 0xEE, 0xFF, 0xFF, 0xFF, 1, 0, 0, 0, 199, 0, 0, 0]);
    bytes[510..512].copy_from_slice(&[0x55, 0xAA]);
    for (lba, other, entries_lba) in [(1, DISK - 1, 2), (DISK - 1, 1, DISK - 33)] {
        let at = |lba: u64| usize::try_from(lba).unwrap() * 512;
        bytes[at(lba)..at(lba) + 512].copy_from_slice(&header(lba, other, entries_lba, &entries, &change));
        bytes[at(entries_lba)..at(entries_lba) + entries.len()].copy_from_slice(&entries);
    }
    MemoryDisk::new(bytes)
}

fn disk(partitions: &[(Guid, u64, u64)]) -> MemoryDisk {
    disk_with(partitions, |_| ())
}

fn esp(disk: &mut MemoryDisk) -> Result<GptPartition, GptError<NoSuchSector>> {
    Gpt::read(disk)?.efi_system_partition(disk)
}

/// Returns the errors of both headers.
fn faults(disk: &mut MemoryDisk) -> (Fault, Fault) {
    match Gpt::read(disk) {
        Err(GptError::NoHeader { primary, backup: Some(backup) }) => (primary, backup),
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_efi_system_partition_is_found_by_its_type_at_any_index() {
    let mut disk = disk(&[(LINUX, 34, 60), (ESP, 61, 99), (LINUX, 100, 166)]);
    let found = esp(&mut disk).unwrap();
    assert_eq!((found.index, found.start_lba, found.sector_count), (1, 61, 39));
    assert_eq!(found.guid, Guid([2; 16]));
    let boot = BootPartition::find(&mut disk).unwrap();
    let facts = GptFacts { disk: Guid([0xD1; 16]), partition: Guid([2; 16]), primary_fault: None };
    assert_eq!((boot.start_lba, boot.sector_count), (61, 39));
    assert_eq!((boot.entry, boot.gpt), (TableEntry::Gpt { index: 1 }, Some(facts)));
    assert_eq!(boot.entry.to_string(), "GPT partition 2");
}

#[test]
fn of_several_efi_system_partitions_the_first_is_taken() {
    assert_eq!(esp(&mut disk(&[(LINUX, 34, 60), (ESP, 70, 80), (ESP, 61, 69)])).unwrap().index, 1);
}

#[test]
fn an_active_partition_of_the_mbr_takes_precedence_over_a_gpt() {
    let mut disk = disk(&[(ESP, 61, 99)]);
    disk.bytes[462..478].copy_from_slice(&[0x80, 0, 0, 0, 0xEF, 0, 0, 0, 100, 0, 0, 0, 50, 0, 0, 0]);
    let boot = BootPartition::find(&mut disk).unwrap();
    assert_eq!(boot.entry, TableEntry::Mbr { index: 1, partition_type: 0xEF });
    assert_eq!((boot.start_lba, boot.sector_count), (100, 50));
    assert!(disk.reads.iter().all(|read| read.0 == 0), "the GPT isn't read");
}

#[test]
fn without_a_protective_entry_no_gpt_is_read() {
    let mut disk = disk(&[(ESP, 61, 99)]);
    disk.bytes[446..462].fill(0);
    let error = BootPartition::find(&mut disk).unwrap_err();
    assert_eq!(error, PartitionError::Mbr(crate::mbr::MbrError::NoneActive));
}

#[test]
fn if_the_primary_is_damaged_the_backup_is_used_and_this_is_reported() {
    let good = disk(&[(ESP, 61, 99)]);
    for (place, what) in [(512, "signature"), (512 + 40, "a field"), (1024 + 5, "the entries")] {
        let mut disk = MemoryDisk::new(good.bytes.clone());
        disk.bytes[place] ^= 4;
        let gpt = Gpt::read(&mut disk).unwrap();
        assert!(gpt.primary_fault().is_some(), "{what}");
        assert_eq!(gpt.efi_system_partition(&mut disk).unwrap().start_lba, 61, "{what}");
    }
    for bad_sector in [1, 2, 33] {
        let mut disk = MemoryDisk::new(good.bytes.clone());
        (disk.bad_sector, disk.max_sectors) = (Some(bad_sector), 1);
        let fault = Gpt::read(&mut disk).unwrap().primary_fault();
        assert_eq!(fault, Some(HeaderError::Read(NoSuchSector(bad_sector))));
    }
}

#[test]
fn each_fault_of_a_header_has_its_own_error() {
    let partitions = [(ESP, 61, 99)];
    let put = |at: usize, number: u64| {
        move |sector: &mut [u8]| sector[at..at + 8].copy_from_slice(&number.to_le_bytes())
    };
    let primary = |change: &dyn Fn(&mut [u8])| match Gpt::read(&mut disk_with(&partitions, change)) {
        Ok(gpt) => gpt.primary_fault().unwrap(),
        Err(GptError::NoHeader { primary, .. }) => primary,
        Err(other) => panic!("{other}"),
    };
    assert_eq!(primary(&|sector| sector[0] = b'e'), HeaderError::Signature(0x6546_4920_5041_5254));
    assert_eq!(primary(&|sector| sector[12] = 91), HeaderError::Size(91));
    assert_eq!(primary(&|sector| sector[13] = 2), HeaderError::Size(512 + 92));
    assert_eq!(primary(&put(24, 7)), HeaderError::Lba(7));
    assert_eq!(primary(&|sector| sector[84] = 127), HeaderError::Entries { count: 128, size: 127 });
    assert_eq!(primary(&|sector| sector[84] = 64), HeaderError::Entries { count: 128, size: 64 });
    assert_eq!(primary(&|sector| sector[82] = 1), HeaderError::Entries { count: 0x1_0080, size: 128 });
    assert_eq!(primary(&put(40, 33)), HeaderError::Usable(33, 166), "partitions over entries");
    assert_eq!(primary(&put(40, 167)), HeaderError::Usable(167, 166), "no usable sectors");
    assert_eq!(primary(&put(48, DISK)), HeaderError::Usable(34, DISK), "partitions after the disk's end");
    assert_eq!(primary(&put(72, 1)), HeaderError::Usable(USABLE.0, USABLE.1), "entries over the header");
    assert_eq!(primary(&put(72, u64::MAX)), HeaderError::Usable(USABLE.0, USABLE.1));
    assert!(matches!(primary(&|sector| sector[88] ^= 1), HeaderError::EntriesChecksum { .. }));
    let mut disk = disk(&partitions);
    disk.bytes[512 + 91] ^= 1;
    assert!(matches!(Gpt::read(&mut disk).unwrap().primary_fault(), Some(HeaderError::Checksum { .. })));
}

#[test]
fn a_truncated_disk_has_no_backup() {
    let mut disk = disk(&[(ESP, 61, 99)]);
    disk.bytes.truncate(150 * 512);
    let (primary, backup) = faults(&mut disk);
    assert_eq!(primary, HeaderError::Usable(USABLE.0, USABLE.1));
    assert_eq!(backup, HeaderError::Signature(0));
}

#[test]
fn partitions_that_overlap_or_leave_the_usable_sectors_are_errors() {
    let refused = |partitions: &[_]| esp(&mut disk(partitions)).unwrap_err();
    assert_eq!(refused(&[(ESP, 61, 99), (LINUX, 99, 120)]), GptError::Overlap(0, 1));
    assert_eq!(refused(&[(LINUX, 34, 166), (LINUX, 34, 34), (ESP, 61, 61)]), GptError::Overlap(0, 2));
    let outside = |index, first, last| GptError::Range { index, sectors: (first, last), usable: USABLE };
    assert_eq!(refused(&[(ESP, 33, 99)]), outside(0, 33, 99));
    assert_eq!(refused(&[(ESP, 61, 99), (LINUX, 100, 167)]), outside(1, 100, 167));
    assert_eq!(refused(&[(ESP, 99, 61)]), outside(0, 99, 61));
    assert_eq!(refused(&[(ESP, 0, u64::MAX)]), outside(0, 0, u64::MAX));
    assert_eq!(refused(&[(LINUX, 61, 99)]), GptError::NoEfiSystemPartition);
    assert!(esp(&mut disk(&[(ESP, 61, 99), (LINUX, 100, 120)])).is_ok(), "neighbours share nothing");
}

#[test]
fn entries_longer_than_a_sector_are_read_by_their_first_fields() {
    let change = |sector: &mut [u8]| {
        sector[80..84].copy_from_slice(&16u32.to_le_bytes());
        sector[84..88].copy_from_slice(&1024u32.to_le_bytes());
    };
    // Eight entries of 128 bytes are one of 1024 bytes, of which the last 896 are unused.
    let esps: Vec<_> =
        (0..16).map(|index| (if index == 8 { ESP } else { LINUX }, 100 + index, 100 + index)).collect();
    for max_sectors in [1, 3, 127] {
        let mut disk = disk_with(&esps, change);
        disk.max_sectors = max_sectors;
        let found = esp(&mut disk).unwrap();
        assert_eq!((found.index, found.start_lba), (1, 108));
    }
}

#[test]
fn a_guid_has_its_usual_text() {
    assert_eq!(ESP.to_string(), "C12A7328-F81F-11D2-BA4B-00A0C93EC93B");
    assert_eq!(LINUX.to_string(), "0FC63DAF-8483-4772-8E79-3D69D8477DE4");
}

#[test]
fn errors_say_what_was_found_and_what_to_do() {
    let text = |error: GptError<NoSuchSector>| error.to_string();
    assert_eq!(
        text(esp(&mut disk(&[(ESP, 33, 99)])).unwrap_err()),
        "GPT partition 1 has sectors 33 to 99, usable are 34 to 166: partition again"
    );
    assert_eq!(
        text(Gpt::read(&mut MemoryDisk::new(vec![0; 512 * 9])).unwrap_err()),
        "GPT: no header: it begins with 0000000000000000, not \"EFI PART\"; the backup in the last sector: no header: \
         it begins with 0000000000000000, not \"EFI PART\""
    );
}

/// Returns a disk of `sectors` that the `gpt` crate has written.
fn foreign_disk(
    sectors: u64,
    sizes: &[(gpt::partition_types::Type, u64)],
) -> (MemoryDisk, Vec<GptPartition>, Guid) {
    let mut device = Cursor::new(vec![0; usize::try_from(sectors).unwrap() * 512]);
    let mbr = gpt::mbr::ProtectiveMBR::with_lb_size(u32::try_from(sectors - 1).unwrap());
    mbr.overwrite_lba0(&mut device).unwrap();
    let mut table = gpt::GptConfig::new().writable(true).create_from_device(device, None).unwrap();
    for (kind, size) in sizes {
        table.add_partition("name", *size, kind.clone(), 0, None).unwrap();
    }
    let partitions = table.partitions().iter().map(|(id, partition)| GptPartition {
        index: id - 1,
        partition_type: Guid(partition.part_type_guid.guid.to_bytes_le()),
        guid: Guid(partition.part_guid.to_bytes_le()),
        start_lba: partition.first_lba,
        sector_count: partition.last_lba - partition.first_lba + 1,
    });
    let (partitions, guid) = (partitions.collect(), Guid(table.guid().to_bytes_le()));
    (MemoryDisk::new(table.write().unwrap().into_inner()), partitions, guid)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_table_of_the_gpt_crate_is_read_correctly(
        sizes in prop::collection::vec((any::<bool>(), 1u64..9000), 1..12),
    ) {
        use gpt::partition_types::{EFI, LINUX_FS};
        let kinds: Vec<_> =
            sizes.iter().map(|(is_esp, size)| (if *is_esp { EFI } else { LINUX_FS }, *size)).collect();
        let (mut disk, expected, guid) = foreign_disk(40_000, &kinds);
        let gpt = Gpt::read(&mut disk).unwrap();
        prop_assert_eq!(gpt.primary_fault(), None);
        prop_assert_eq!(gpt.disk_guid(), guid);
        let mut found = Vec::new();
        gpt.for_each_partition(&mut disk, |partition| found.push(*partition)).unwrap();
        prop_assert_eq!(&found, &expected);
        let first = expected.iter().find(|partition| partition.partition_type == ESP);
        prop_assert_eq!(gpt.efi_system_partition(&mut disk).ok(), first.copied());
        // Without the primary header, the backup has the same contents.
        disk.bytes[512..1024].fill(0);
        let backup = Gpt::read(&mut disk).unwrap();
        prop_assert_eq!(backup.primary_fault(), Some(HeaderError::Signature(0)));
        let mut again = Vec::new();
        backup.for_each_partition(&mut disk, |partition| again.push(*partition)).unwrap();
        prop_assert_eq!(&again, &expected);
    }

    #[test]
    fn a_flipped_bit_in_the_primary_changes_nothing(place in 0usize..33 * 512 * 8) {
        let mut disk = disk(&[(LINUX, 34, 60), (ESP, 61, 99)]);
        let expected = esp(&mut disk).unwrap();
        disk.bytes[512 + place / 8] ^= 1 << (place % 8);
        let gpt = Gpt::read(&mut disk).unwrap();
        let is_reserved = (92..512).contains(&(place / 8)); // no checksum covers what follows the header
        prop_assert_eq!(gpt.primary_fault().is_some(), !is_reserved);
        prop_assert_eq!(gpt.efi_system_partition(&mut disk).unwrap(), expected);
    }
}
