//! The protocol against a simulated channel, which rejects what a drive would reject.

mod model;

use super::*;
use crate::address::{Direction, Transfer};
use crate::register::Command;
use model::{Fault, Model, Slot, identify_data};

/// Returns a channel with a disk of so many sectors as its master.
fn with_disk(sectors: u64) -> Model {
    Model::new([Slot::Disk { identify: identify_data(sectors), fault: None }, Slot::Empty])
}

fn find(model: &mut Model) -> Result<Drive, AtaError> {
    Drive::find(model, Unit::Master, Access::ReadOnly)
}

#[test]
fn a_disk_says_what_it_is() {
    let drive = find(&mut with_disk(100_000)).unwrap();
    let identity = drive.identity();
    assert_eq!((identity.model(), identity.sectors, identity.has_lba48), ("FARJUMP DISK", 100_000, true));
}

#[test]
fn places_without_a_disk_are_told_apart() {
    let mut model = Model::new([Slot::Packet, Slot::Empty]);
    assert_eq!(find(&mut model), Err(AtaError::PacketDevice));
    assert_eq!(Drive::find(&mut model, Unit::Slave, Access::ReadOnly), Err(AtaError::NoDrive));
    assert_eq!(find(&mut Model::new([Slot::Empty, Slot::Empty])), Err(AtaError::NoDrive));
    assert_eq!(find(&mut Model::floating()), Err(AtaError::FloatingBus));
}

#[test]
fn damaged_and_foreign_identify_data_are_refused() {
    let parse = |change: fn(&mut Sector)| {
        let mut data = identify_data(1000);
        change(&mut data);
        Identity::parse(&data).map(|identity| identity.sectors)
    };
    assert_eq!(parse(|data| data[510..].fill(0)), Ok(1000), "older drives have no checksum");
    assert_eq!(parse(|data| data[54] += 1), Err(AtaError::IdentifyChecksum(1)));
    assert_eq!(parse(|data| (data[510], data[1]) = (0, 0x85)), Err(AtaError::PacketDevice));
    assert_eq!(parse(|data| (data[510], data[99]) = (0, 0)), Err(AtaError::NoLba));
    // Word 106: logical sectors longer than 256 words, in words 117 and 118: 2048 words.
    let long = |data: &mut Sector| (data[510], data[213], data[235]) = (0, 0x50, 0x08);
    assert_eq!(parse(long), Err(AtaError::SectorSize(4096)));
    assert_eq!(parse(|data| (data[510], data[200], data[201]) = (0, 0, 0)), Err(AtaError::NoSectors));
}

#[test]
fn a_drive_without_48_bits_has_its_size_in_words_60_and_61() {
    let mut data = identify_data(0x0123_4567);
    data[510] = 0;
    data[167] = 0x40; // word 83 without bit 10
    assert_eq!(
        Identity::parse(&data).map(|identity| (identity.sectors, identity.has_lba48)),
        Ok((0x0123_4567, false))
    );
}

#[test]
fn a_long_read_is_cut_at_256_sectors_and_all_bytes_come() {
    let mut model = with_disk(1000);
    let drive = find(&mut model).unwrap();
    let mut bytes = vec![0; 600 * SECTOR_SIZE];
    drive.read(&mut model, 100, &mut bytes).unwrap();
    assert_eq!(model.transfers(), [(0x20, 100, 256), (0x20, 356, 256), (0x20, 612, 88)]);
    for (lba, sector) in (100..).zip(bytes.as_chunks::<SECTOR_SIZE>().0) {
        assert_eq!(*sector, model.sector(lba), "sector {lba}");
    }
}

#[test]
fn beyond_28_bits_the_command_has_48() {
    let mut model = with_disk(1 << 30);
    let drive = find(&mut model).unwrap();
    let mut sector = [0; SECTOR_SIZE];
    drive.read(&mut model, (1 << 28) - 1, &mut sector).unwrap();
    drive.read(&mut model, 1 << 28, &mut sector).unwrap();
    drive.read(&mut model, (1 << 28) - 1, &mut [0; 2 * SECTOR_SIZE]).unwrap();
    drive.read(&mut model, 0x2345_6789, &mut sector).unwrap();
    assert_eq!(sector, model.sector(0x2345_6789));
    let expected =
        [(0x20, (1 << 28) - 1, 1), (0x24, 1 << 28, 1), (0x24, (1 << 28) - 1, 2), (0x24, 0x2345_6789, 1)];
    assert_eq!(model.transfers(), expected);
}

#[test]
fn the_registers_hold_the_address_as_the_standard_says() {
    use Register::{LbaHigh, LbaLow, LbaMid, SectorCount};
    let short = Transfer { lba: 0x0A12_3456, count: 256, direction: Direction::Write };
    assert_eq!((short.command(), short.device()), (Command::WriteSectors, 0xEA));
    let registers: Vec<_> = short.registers().collect();
    assert_eq!(registers, [(SectorCount, 0), (LbaLow, 0x56), (LbaMid, 0x34), (LbaHigh, 0x12)]);
    let long = Transfer { lba: 0x9876_5432_10FE, count: 256, direction: Direction::Write };
    assert_eq!((long.command(), long.device()), (Command::WriteSectorsExt, 0xE0));
    let registers: Vec<_> = long.registers().map(|(_, value)| value).collect();
    assert_eq!(registers, [1, 0x54, 0x76, 0x98, 0, 0xFE, 0x10, 0x32]);
}

#[test]
fn sectors_that_the_drive_does_not_have_are_never_asked_for() {
    let mut model = with_disk(1000);
    let drive = find(&mut model).unwrap();
    let mut read = |lba, bytes| drive.read(&mut model, lba, &mut vec![0; bytes]);
    assert_eq!(read(999, 512), Ok(()));
    assert_eq!(read(999, 1024), Err(AtaError::PastEnd { lba: 999, count: 2, sectors: 1000 }));
    assert_eq!(read(u64::MAX, 512), Err(AtaError::PastEnd { lba: u64::MAX, count: 1, sectors: 1000 }));
    assert_eq!(read(0, 513), Err(AtaError::PartOfSector(513)));
    assert_eq!(model.transfers().len(), 1);
}

#[test]
fn what_is_written_is_read_back_and_flushed_and_only_with_permission() {
    let mut model = with_disk(1000);
    let bytes: Vec<u8> = (0..=u8::MAX).cycle().take(300 * SECTOR_SIZE).collect();
    let drive = find(&mut model).unwrap();
    assert_eq!(drive.write(&mut model, 7, &bytes), Err(AtaError::ReadOnly));
    assert_eq!(model.transfers(), []);
    let drive = Drive::find(&mut model, Unit::Master, Access::ReadWrite).unwrap();
    drive.write(&mut model, 7, &bytes).unwrap();
    assert_eq!(model.transfers(), [(0x30, 7, 256), (0x30, 263, 44)]);
    assert_eq!(model.flushes, 1);
    let mut back = vec![0; bytes.len()];
    drive.read(&mut model, 7, &mut back).unwrap();
    assert!(back == bytes);
}

/// Returns what a read of sectors 100 to 199 returns where the drive has `fault` at sector 110.
fn read_with(fault: Fault) -> (Result<(), AtaError>, Model) {
    let mut model =
        Model::new([Slot::Disk { identify: identify_data(1000), fault: Some((110, fault)) }, Slot::Empty]);
    let drive = find(&mut model).unwrap();
    let result = drive.read(&mut model, 100, &mut [0; 100 * SECTOR_SIZE]);
    (result, model)
}

#[test]
fn an_error_names_the_sector_and_the_reason() {
    let (result, _) = read_with(Fault::Error(0x40));
    let error = ErrorRegister::UNCORRECTABLE;
    assert_eq!(result, Err(AtaError::Failed { step: Step::Read(110), error }));
    let text = result.unwrap_err().to_string();
    assert_eq!(text, "read sector 110: the data can't be corrected (error register 0x40)");
    assert_eq!(
        ErrorRegister::from_bits_retain(0x14).to_string(),
        "no such sector, the command was aborted (error register 0x14)"
    );
    assert_eq!(ErrorRegister::empty().to_string(), "no reason reported (error register 0x00)");
}

#[test]
fn a_device_fault_is_told_from_an_error() {
    let (result, _) = read_with(Fault::Device);
    assert_eq!(result, Err(AtaError::DeviceFault { step: Step::Read(110), error: ErrorRegister::ABORTED }));
}

#[test]
fn a_drive_that_never_answers_times_out_with_the_step_named() {
    let (result, mut model) = read_with(Fault::Hang);
    let Err(AtaError::TimedOut { step: Step::Read(110), status }) = result else { panic!("{result:?}") };
    assert!(status.contains(Status::BUSY));
    // Selecting it again resets the channel, and then it answers.
    let drive = find(&mut model).unwrap();
    assert_eq!(model.resets, 1);
    drive.read(&mut model, 200, &mut [0; SECTOR_SIZE]).unwrap();
}

#[test]
fn a_drive_that_ends_a_command_early_is_out_of_step() {
    let (result, _) = read_with(Fault::Stop);
    let Err(AtaError::Handshake { step: Step::Read(110), .. }) = result else { panic!("{result:?}") };
}

#[test]
fn no_interrupt_is_ever_asked_for() {
    let mut model = with_disk(1000);
    find(&mut model).unwrap();
    assert!(model.controls.iter().all(|control| control & register::CONTROL_NO_INTERRUPT != 0));
    assert!(!model.controls.is_empty());
}

#[test]
fn a_channel_that_was_left_during_a_command_is_reset() {
    let mut model = with_disk(1000);
    let drive = find(&mut model).unwrap();
    model.write(Register::StatusCommand, Command::IdentifyDevice as u8);
    assert!(
        Status::from_bits_retain(model.read(Register::AlternateStatusControl)).contains(Status::DATA_REQUEST)
    );
    assert_eq!((reset(&mut model), model.resets), (Ok(()), 1));
    assert_eq!(drive.read(&mut model, 5, &mut [0; SECTOR_SIZE]), Ok(()));
    assert_eq!(model.resets, 1, "once is enough");

    let mut nothing = Model::floating();
    assert_eq!((reset(&mut nothing), nothing.resets), (Ok(()), 0), "no drive answers, so none is waited for");
}
