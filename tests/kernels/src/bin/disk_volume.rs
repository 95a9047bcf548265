//! The boot volume, listed and read by the kernel's own driver. `/large.bin` has 5 MiB, `/inputs/numbers.bin` 100,003
//! bytes, and byte N of each is N modulo 251.

#![no_std]
#![no_main]

extern crate alloc;

use alloc::string::String;
use alloc::vec::Vec;

use farjump_api::BootInfo;
use farjump_ata::{AtaError, SECTOR_SIZE, Status};
use farjump_fs::fat::FatError;
use farjump_kernel::block::ata::Position;
use farjump_kernel::println;
use farjump_kernel::thread::{self, Builder, ExitReason};
use farjump_kernel::volume::{BootVolume, PathError, VolumeError};
use test_kernels::test_kernel;
use x86_64::instructions::interrupts::without_interrupts;
use x86_64::instructions::port::Port;

test_kernel!(
    the_boot_disk_is_found,
    directories_are_listed_as_they_were_made,
    a_large_file_is_read_whole,
    a_file_is_read_in_chunks,
    paths_that_lead_nowhere_are_errors,
    a_thread_that_is_killed_while_it_reads_leaves_the_disk_to_others,
    a_channel_that_was_left_in_the_middle_of_a_command_is_reset_first,
    with_interrupts_off_the_disk_is_read_too,
);

const LARGE: u64 = 5 << 20;

fn open() -> BootVolume {
    match BootVolume::open() {
        Ok(volume) => volume,
        Err(error) => panic!("{error}"),
    }
}

fn the_boot_disk_is_found(_: &'static BootInfo) {
    let volume = open();
    let identity = volume.disk().identity();
    println!("\n{}: {}, {} sectors", volume.disk().position(), identity.model(), identity.sectors);
    assert!(identity.model().starts_with("QEMU"));
    assert!(identity.sectors * 512 > LARGE);
}

fn directories_are_listed_as_they_were_made(_: &'static BootInfo) {
    let list = |path: &str| {
        let mut entries: Vec<(String, u64, bool)> = Vec::new();
        let listed = open().list(path, |name, size, attributes| {
            entries.push((name.into(), size, attributes.is_directory()));
        });
        listed.expect("the directory is there");
        entries.sort();
        entries
    };
    let root = list("/");
    let names: Vec<&str> = root.iter().map(|(name, ..)| name.as_str()).collect();
    assert_eq!(names, ["farjump.conf", "inputs", "kernel.elf", "large.bin", "modules"]);
    assert_eq!((root[1].2, root[3].1, root[3].2), (true, LARGE, false));
    assert_eq!(list("/inputs/"), [("numbers.bin".into(), 100_003, false)]);
}

fn a_large_file_is_read_whole(_: &'static BootInfo) {
    let bytes = open().read_file("/large.bin").expect("the file can be read");
    assert_eq!(bytes.len() as u64, LARGE);
    let wrong = bytes.iter().enumerate().position(|(index, byte)| usize::from(*byte) != index % 251);
    assert_eq!(wrong, None, "the first byte that is another one");
}

fn a_file_is_read_in_chunks(_: &'static BootInfo) {
    let mut volume = open();
    let mut file = volume.open_file("/INPUTS/numbers.bin").expect("the file is there");
    assert_eq!(file.size(), 100_003);
    for range in [0..1, 511..513, 99_999..100_003, 65_535..65_537, 7..7, 0..100_003] {
        let mut position = range.start;
        let read = volume.read(&mut file, range.clone(), |chunk| {
            assert!(chunk.iter().zip(position..).all(|(byte, index)| u64::from(*byte) == index % 251));
            position += chunk.len() as u64;
        });
        read.expect("the range is in the file");
        assert_eq!(position, range.end);
    }
}

fn paths_that_lead_nowhere_are_errors(_: &'static BootInfo) {
    let mut volume = open();
    let mut cause = |path: &str| match volume.read_file(path) {
        Err(VolumeError::File(FatError::Path(cause))) => cause,
        other => panic!("{path}: {other:?}"),
    };
    assert_eq!(cause("/nothing"), PathError::NotFound { directory_len: 1 });
    assert_eq!(cause("/inputs/nothing"), PathError::NotFound { directory_len: 8 });
    assert_eq!(cause("/inputs"), PathError::IsADirectory);
    assert_eq!(cause("/large.bin/x"), PathError::NotADirectory { file_len: 10 });
    assert_eq!(cause("large.bin"), PathError::Relative);
    let mut file = volume.open_file("/inputs/numbers.bin").expect("the file is there");
    assert!(volume.read(&mut file, 0..100_004, |_| ()).is_err());
}

fn a_thread_that_is_killed_while_it_reads_leaves_the_disk_to_others(_: &'static BootInfo) {
    assert_eq!(thread::start(thread::default_policy()), Ok(()));
    for ticks in 1..6 {
        let reader = Builder::new("reader").spawn(|| {
            loop {
                drop(open().read_file("/inputs/numbers.bin"));
            }
        });
        let reader = reader.expect("there is room for a thread");
        thread::sleep(ticks);
        // It had the CPU until now, and was reading: wherever that was, the drive has done half of it.
        assert_eq!(thread::kill(reader.number()), Ok(()));
        assert_eq!(reader.join(), ExitReason::Killed);
        assert_numbers_are_read();
    }
}

/// The reset comes before anything else is asked of the drive, for which it would have to be ready. So a read that is
/// refused does it too, and touches the drive in no other way.
fn a_channel_that_was_left_in_the_middle_of_a_command_is_reset_first(_: &'static BootInfo) {
    let disk = *open().disk();
    let reader = Builder::new("reader").spawn(|| {
        loop {
            drop(open().read_file("/large.bin"));
        }
    });
    let reader = reader.expect("there is room for a thread");
    // Each time that this thread runs, a tick has interrupted the reader somewhere.
    let is_in_command = (0..5000).any(|_| {
        thread::sleep(1);
        has_data(disk.position())
    });
    assert!(is_in_command, "the reader was never interrupted in the middle of a command");
    assert_eq!(thread::kill(reader.number()), Ok(()));
    assert_eq!(reader.join(), ExitReason::Killed);
    assert!(has_data(disk.position()), "the drive wasn't used since");
    let sectors = disk.identity().sectors;
    let refused = disk.read(sectors, &mut [0; SECTOR_SIZE]);
    assert_eq!(refused, Err(AtaError::PastEnd { lba: sectors, count: 1, sectors }));
    assert!(
        !has_data(disk.position()),
        "the channel that the killed thread has left was not reset: it still has its data"
    );
    assert_numbers_are_read();
}

/// Whether the drive at `position` wants a block to be taken: the alternate status tells, without an effect on it.
fn has_data(position: Position) -> bool {
    let alternate_status: u16 = match position {
        Position::PrimaryMaster | Position::PrimarySlave => 0x3F6,
        Position::SecondaryMaster | Position::SecondarySlave => 0x376,
    };
    // SAFETY: a read without an effect.
    let status: u8 = unsafe { Port::new(alternate_status).read() };
    Status::from_bits_retain(status).contains(Status::DATA_REQUEST)
}

fn with_interrupts_off_the_disk_is_read_too(_: &'static BootInfo) {
    without_interrupts(assert_numbers_are_read);
}

fn assert_numbers_are_read() {
    let bytes = open().read_file("/inputs/numbers.bin").expect("the file can be read");
    assert_eq!(bytes.len(), 100_003);
    assert!(bytes.iter().enumerate().all(|(index, byte)| usize::from(*byte) == index % 251));
}
