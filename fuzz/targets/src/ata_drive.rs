//! The registers of an ATA drive that answers whatever it likes.
//!
//! ```text
//! input   a state each: status, error, LBA mid, LBA high; then it begins anew
//! ```
//!
//! A state lasts until the drive gets a command, transfers a sector, or has been asked 100 times whether it is busy.

use farjump_ata::{Access, Drive, Ports, Register, SECTOR_SIZE, Sector, Unit};

use crate::{Target, assert_one_line};

/// This target.
pub const TARGET: Target = Target { name: "ata-drive", what: "an ATA drive's registers", corpus, run };

/// Bytes of a state.
const STATE: usize = 4;

/// Of the status. Source: ATA/ATAPI-7 vol. 1, "Status register".
const BUSY: u8 = 0x80;
const DATA_REQUEST: u8 = 0x08;

/// Reads of the status in which a busy drive changes nothing.
const PATIENCE: u32 = 100;

/// Sectors of the drive.
const SECTORS: u32 = 0x1000;

/// Commands that a drive gets that may only be read: IDENTIFY DEVICE, READ SECTORS, READ SECTORS EXT.
const READING: [u8; 3] = [0xEC, 0x20, 0x24];

/// Returns a drive that does as it is told, one that is busy first, one that fails, a packet device.
fn corpus() -> Vec<Vec<u8>> {
    let (ready, data, busy, failed) = ([0x50, 0, 0, 0], [0x58, 0, 0, 0], [0xD0, 0, 0, 0], [0x51, 0x40, 0, 0]);
    let packet = [0x51, 4, 0x14, 0xEB];
    [
        vec![ready, data, ready, data, data, data, ready],
        vec![ready, busy, data, ready, busy, data, busy, data, data],
        vec![ready, data, ready, failed],
        vec![ready, packet],
    ]
    .map(|states| states.concat())
    .to_vec()
}

struct Model<'a> {
    states: &'a [[u8; STATE]],
    now: usize,
    polls: u32,
    sectors_transferred: u32,
}

impl Model<'_> {
    fn state(&self) -> [u8; STATE] {
        self.states.get(self.now % self.states.len().max(1)).copied().unwrap_or([0xFF; STATE])
    }

    fn advance(&mut self) {
        (self.now, self.polls) = (self.now + 1, 0);
    }
}

impl Ports for Model<'_> {
    fn read(&mut self, register: Register) -> u8 {
        let [status, error, mid, high] = self.state();
        match register {
            Register::AlternateStatusControl | Register::StatusCommand => {
                self.polls += 1;
                if self.polls > PATIENCE && status & BUSY != 0 {
                    self.advance();
                }
                status
            }
            Register::Error => error,
            Register::LbaMid => mid,
            Register::LbaHigh => high,
            _ => 0,
        }
    }

    fn write(&mut self, register: Register, value: u8) {
        if register == Register::StatusCommand {
            assert!(READING.contains(&value), "command {value:#04x}");
            self.advance();
        }
    }

    fn read_data(&mut self, sector: &mut Sector) {
        assert_eq!(
            self.state()[0] & (BUSY | DATA_REQUEST),
            DATA_REQUEST,
            "data are taken when the drive has some"
        );
        *sector = identity();
        self.sectors_transferred += 1;
        self.advance();
    }

    fn write_data(&mut self, _: &Sector) {
        panic!("a drive that may only be read is written");
    }
}

/// Returns the drive's IDENTIFY data.
fn identity() -> Sector {
    let mut data = [0; SECTOR_SIZE];
    data[99] = 2;
    data[120..124].copy_from_slice(&SECTORS.to_le_bytes());
    data
}

fn run(bytes: &[u8]) {
    let states = bytes.as_chunks::<STATE>().0;
    // A drive that is always busy is waited for; how long, its crate's tests say.
    if states.iter().all(|[status, ..]| status & BUSY != 0) {
        return;
    }
    let mut model = Model { states, now: 0, polls: 0, sectors_transferred: 0 };
    match attempt(&mut model) {
        Ok(sectors) => assert_eq!(sectors + 1, model.sectors_transferred),
        Err(error) => assert_one_line(&error),
    }
}

/// Finds the drive and reads three sectors; how many were read.
fn attempt(model: &mut Model<'_>) -> Result<u32, farjump_ata::AtaError> {
    let drive = Drive::find(model, Unit::Master, Access::ReadOnly)?;
    assert_eq!(drive.identity().sectors, u64::from(SECTORS));
    let mut bytes = vec![0; 3 * SECTOR_SIZE];
    assert!(drive.write(model, 0, &bytes).is_err(), "it may only be read");
    assert!(drive.read(model, u64::from(SECTORS) - 2, &mut bytes).is_err(), "past its end");
    drive.read(model, u64::from(SECTORS) - 3, &mut bytes)?;
    Ok(3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_the_drives_to_begin_with_two_are_read_and_two_say_why_not() {
        let is_read = corpus().into_iter().map(|bytes| {
            let model = &mut Model { states: bytes.as_chunks().0, now: 0, polls: 0, sectors_transferred: 0 };
            attempt(model).is_ok()
        });
        assert!(is_read.eq([true, true, false, false]));
    }
}
