//! A disk of 200 GiB as the primary master: its sectors around the end of the 28-bit addresses begin with their number.

#![no_std]
#![no_main]

use farjump_api::BootInfo;
use farjump_ata::{AtaError, SECTOR_SIZE};
use farjump_kernel::block::ata::{Access, AtaDisk, Position};
use test_kernels::test_kernel;

test_kernel!(sectors_on_both_sides_of_the_limit_are_read, sectors_past_the_end_are_rejected);

/// The first sector that 28 bits don't reach.
const LBA28_SECTORS: u64 = 1 << 28;

/// Sectors of the disk.
const SECTORS: u64 = 200 << 21;

fn disk() -> AtaDisk {
    match AtaDisk::find(Position::PrimaryMaster, Access::ReadOnly) {
        Ok(disk) => disk,
        Err(error) => panic!("{error}"),
    }
}

/// What sector `lba` begins with.
fn number(bytes: &[u8]) -> u64 {
    u64::from_le_bytes(*bytes.first_chunk().expect("a sector has eight bytes"))
}

fn sectors_on_both_sides_of_the_limit_are_read(_: &'static BootInfo) {
    let disk = disk();
    assert_eq!(disk.identity().sectors, SECTORS);
    assert!(disk.identity().has_lba48);
    let mut sector = [0; SECTOR_SIZE];
    for lba in [LBA28_SECTORS - 1, LBA28_SECTORS, LBA28_SECTORS + 256, SECTORS - 1] {
        assert_eq!(disk.read(lba, &mut sector), Ok(()), "sector {lba}");
        assert_eq!(number(&sector), lba);
    }
    assert_eq!(disk.read(LBA28_SECTORS + 1, &mut sector), Ok(()));
    assert_eq!(sector, [0; SECTOR_SIZE]);
    let mut across = [0; 2 * SECTOR_SIZE];
    assert_eq!(disk.read(LBA28_SECTORS - 1, &mut across), Ok(()));
    assert_eq!(number(&across), LBA28_SECTORS - 1);
    assert_eq!(number(&across[SECTOR_SIZE..]), LBA28_SECTORS);
}

fn sectors_past_the_end_are_rejected(_: &'static BootInfo) {
    let error = AtaError::PastEnd { lba: SECTORS, count: 1, sectors: SECTORS };
    assert_eq!(disk().read(SECTORS, &mut [0; SECTOR_SIZE]), Err(error));
}
