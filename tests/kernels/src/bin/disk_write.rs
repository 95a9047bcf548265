//! Writes to an empty disk of 1 MiB, the primary master: taken if the command line says `rw`, refused otherwise.

#![no_std]
#![no_main]

extern crate alloc;

use alloc::vec;
use alloc::vec::Vec;

use farjump_api::BootInfo;
use farjump_ata::{AtaError, SECTOR_SIZE};
use farjump_kernel::block;
use farjump_kernel::block::ata::{AtaDisk, Position};
use farjump_kernel::command_line;
use farjump_kernel::println;
use test_kernels::test_kernel;

test_kernel!(what_is_written_is_read_back_if_it_may_be_written);

/// More than one command transfers.
const SECTORS: usize = 300;

/// The first of them.
const LBA: u64 = 700;

fn what_is_written_is_read_back_if_it_may_be_written(boot_info: &'static BootInfo) {
    let disk = match AtaDisk::find(Position::PrimaryMaster, block::access(boot_info.command_line.get())) {
        Ok(disk) => disk,
        Err(error) => panic!("{error}"),
    };
    let bytes: Vec<u8> = (1..=250).cycle().take(SECTORS * SECTOR_SIZE).collect();
    let written = disk.write(LBA, &bytes);
    let mut back = vec![0xFF; bytes.len() + 2 * SECTOR_SIZE];
    assert_eq!(disk.read(LBA - 1, &mut back), Ok(()));
    let (before, back) = back.split_at(SECTOR_SIZE);
    let (back, after) = back.split_at(bytes.len());
    assert!(
        [before, after].iter().all(|sector| sector.iter().all(|byte| *byte == 0)),
        "a neighbour was written"
    );
    if command_line::has_word(boot_info.command_line.get(), "rw") {
        assert_eq!(written, Ok(()));
        assert!(back == bytes, "other bytes come back");
        println!("\nwrite taken");
    } else {
        assert_eq!(written, Err(AtaError::ReadOnly));
        assert!(back.iter().all(|byte| *byte == 0), "it was written all the same");
        println!("\nwrite refused: {}", AtaError::ReadOnly);
    }
}
