//! A disk as the primary master whose sector 1000 can't be read the first time.

#![no_std]
#![no_main]

use farjump_api::BootInfo;
use farjump_ata::{AtaError, ErrorRegister, SECTOR_SIZE, Step};
use farjump_kernel::block::ata::{Access, AtaDisk, Position};
use farjump_kernel::println;
use test_kernels::test_kernel;

test_kernel!(the_error_names_the_sector_and_the_reason, the_disk_works_afterwards);

const DAMAGED_SECTOR: u64 = 1000;

/// Reads sectors 999 to 1001.
fn read() -> Result<[u8; 3 * SECTOR_SIZE], AtaError> {
    let disk = AtaDisk::find(Position::PrimaryMaster, Access::ReadOnly)?;
    let mut bytes = [0; 3 * SECTOR_SIZE];
    disk.read(DAMAGED_SECTOR - 1, &mut bytes)?;
    Ok(bytes)
}

fn the_error_names_the_sector_and_the_reason(_: &'static BootInfo) {
    let error = read().expect_err("the sector is damaged");
    println!("\n{error}");
    let step = Step::Read(DAMAGED_SECTOR);
    assert_eq!(error, AtaError::Failed { step, error: ErrorRegister::ABORTED });
}

fn the_disk_works_afterwards(_: &'static BootInfo) {
    let bytes = read().expect("the second time it can be read");
    for (lba, sector) in (DAMAGED_SECTOR - 1..).zip(bytes.as_chunks::<SECTOR_SIZE>().0) {
        assert_eq!(sector.first_chunk(), Some(&lba.to_le_bytes()));
    }
}
