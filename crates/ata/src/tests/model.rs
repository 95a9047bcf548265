//! A channel made of software: two slots, the registers, and the protocol as the drive sees it.

use std::collections::HashMap;

use crate::register::{CONTROL_RESET, DEVICE_SLAVE};
use crate::{Ports, Register, SECTOR_SIZE, Sector, Status};

/// What a drive does wrong when it comes to a certain sector.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// It fails with this error register.
    Error(u8),
    /// It breaks down.
    Device,
    /// It stays busy, until it is reset.
    Hang,
    /// It ends the command without a word.
    Stop,
}

/// What is plugged in.
pub(super) enum Slot {
    Empty,
    Packet,
    Disk { identify: Box<Sector>, fault: Option<(u64, Fault)> },
}

/// What the drive is doing.
enum Work {
    Identify,
    Read { lba: u64, left: u64 },
    Write { lba: u64, left: u64 },
}

pub(super) struct Model {
    slots: [Slot; 2],
    floating: bool,
    /// Each of these registers remembers the value before.
    registers: HashMap<u8, (u8, u8)>,
    device: u8,
    status: Status,
    error: u8,
    work: Option<Work>,
    written: HashMap<u64, Sector>,
    log: Vec<(u8, u64, u64)>,
    pub(super) flushes: u32,
    pub(super) resets: u32,
    /// All that was written to the control register.
    pub(super) controls: Vec<u8>,
}

/// Returns the IDENTIFY data of a disk of so many sectors.
pub(super) fn identify_data(sectors: u64) -> Box<Sector> {
    let mut data = Box::new([0; SECTOR_SIZE]);
    let mut put = |word: usize, bytes: &[u8]| data[word * 2..word * 2 + bytes.len()].copy_from_slice(bytes);
    put(27, b"AFJRMU PIDKS                            ");
    put(49, &(1u16 << 9).to_le_bytes());
    let short = u32::try_from(sectors.min((1 << 28) - 1)).unwrap();
    put(60, &short.to_le_bytes());
    put(83, &0x4400u16.to_le_bytes());
    put(100, &sectors.to_le_bytes());
    data[510] = 0xA5;
    data[511] = data.iter().fold(0u8, |sum, byte| sum.wrapping_sub(*byte));
    data
}

impl Model {
    pub(super) fn new(slots: [Slot; 2]) -> Self {
        Self {
            slots,
            floating: false,
            registers: HashMap::new(),
            device: 0,
            status: Status::READY,
            error: 0,
            work: None,
            written: HashMap::new(),
            log: Vec::new(),
            flushes: 0,
            resets: 0,
            controls: Vec::new(),
        }
    }

    pub(super) fn floating() -> Self {
        Self { floating: true, ..Self::new([Slot::Empty, Slot::Empty]) }
    }

    /// Command, first sector and sectors of all reads and writes.
    pub(super) fn transfers(&self) -> Vec<(u8, u64, u64)> {
        self.log.clone()
    }

    /// Returns what a sector holds: its number, or what was written.
    pub(super) fn sector(&self, lba: u64) -> Sector {
        let mut sector = [0xA5; SECTOR_SIZE];
        sector[..8].copy_from_slice(&lba.to_le_bytes());
        self.written.get(&lba).copied().unwrap_or(sector)
    }

    fn slot(&self) -> &Slot {
        &self.slots[usize::from(self.device & DEVICE_SLAVE != 0)]
    }

    fn register(&self, register: Register) -> (u8, u8) {
        self.registers.get(&(register as u8)).copied().unwrap_or_default()
    }

    /// Address and count of a transfer.
    fn address(&self, is_long: bool) -> (u64, u64) {
        let (count, before) = self.register(Register::SectorCount);
        let bytes = [Register::LbaLow, Register::LbaMid, Register::LbaHigh].map(|name| self.register(name));
        let low = bytes.iter().rev().fold(0, |lba, (byte, _)| lba << 8 | u64::from(*byte));
        let high = bytes.iter().rev().fold(0, |lba, (_, byte)| lba << 8 | u64::from(*byte));
        if is_long {
            let count = u64::from(before) << 8 | u64::from(count);
            (high << 24 | low, if count == 0 { 0x1_0000 } else { count })
        } else {
            let count = u64::from(count);
            (u64::from(self.device & 0xF) << 24 | low, if count == 0 { 0x100 } else { count })
        }
    }

    fn command(&mut self, command: u8) {
        assert!(
            !self.status.intersects(Status::BUSY | Status::DATA_REQUEST),
            "a command at {:?}",
            self.status
        );
        self.status = Status::READY;
        self.error = 0;
        match (self.slot(), command) {
            (Slot::Empty, _) => self.status = Status::empty(),
            (Slot::Packet, _) => {
                self.registers.insert(Register::LbaMid as u8, (0x14, 0));
                self.registers.insert(Register::LbaHigh as u8, (0xEB, 0));
                self.fail(Status::ERROR, 4);
            }
            (Slot::Disk { .. }, 0xEC) => self.request(Work::Identify),
            (Slot::Disk { .. }, 0x20 | 0x24 | 0x30 | 0x34) => self.transfer(command),
            (Slot::Disk { .. }, 0xE7 | 0xEA) => self.flushes += 1,
            (Slot::Disk { .. }, _) => self.fail(Status::ERROR, 4),
        }
    }

    fn transfer(&mut self, command: u8) {
        assert_eq!(self.device & 0x40, 0x40, "LBA");
        let (lba, left) = self.address(command & 4 != 0);
        self.log.push((command, lba, left));
        if command < 0x30 { self.next_read(lba, left) } else { self.request(Work::Write { lba, left }) }
    }

    fn next_read(&mut self, lba: u64, left: u64) {
        if left == 0 {
            return;
        }
        let Slot::Disk { fault, .. } = self.slot() else { return };
        match fault.filter(|(at, _)| *at == lba).map(|(_, fault)| fault) {
            None => self.request(Work::Read { lba, left }),
            Some(Fault::Error(error)) => self.fail(Status::ERROR, error),
            Some(Fault::Device) => self.fail(Status::DEVICE_FAULT, 4),
            Some(Fault::Hang) => self.status = Status::BUSY,
            Some(Fault::Stop) => self.status = Status::READY,
        }
    }

    fn request(&mut self, work: Work) {
        self.status = Status::READY | Status::DATA_REQUEST;
        self.work = Some(work);
    }

    fn fail(&mut self, bit: Status, error: u8) {
        self.status = Status::READY | bit;
        self.error = error;
    }

    fn take_work(&mut self) -> Work {
        assert!(self.status.contains(Status::DATA_REQUEST), "data at {:?}", self.status);
        self.status = Status::READY;
        self.work.take().expect("the drive has asked for data")
    }
}

impl Ports for Model {
    fn read(&mut self, register: Register) -> u8 {
        match register {
            _ if self.floating => 0xFF,
            Register::StatusCommand | Register::AlternateStatusControl => match self.slot() {
                Slot::Empty => 0,
                _ => self.status.bits(),
            },
            Register::Error => self.error,
            Register::Device => self.device,
            register => self.register(register).0,
        }
    }

    fn write(&mut self, register: Register, value: u8) {
        match register {
            Register::StatusCommand => self.command(value),
            Register::Device => self.device = value,
            Register::AlternateStatusControl => {
                self.controls.push(value);
                if value & CONTROL_RESET != 0 {
                    self.resets += 1;
                    (self.status, self.work) = (Status::READY, None);
                }
            }
            register => {
                let (before, _) = self.register(register);
                self.registers.insert(register as u8, (value, before));
            }
        }
    }

    fn read_data(&mut self, sector: &mut Sector) {
        match self.take_work() {
            Work::Identify => {
                let Slot::Disk { identify, .. } = self.slot() else { panic!("no disk") };
                *sector = **identify;
            }
            Work::Read { lba, left } => {
                *sector = self.sector(lba);
                self.next_read(lba + 1, left - 1);
            }
            Work::Write { .. } => panic!("a write's data is read"),
        }
    }

    fn write_data(&mut self, sector: &Sector) {
        let Work::Write { lba, left } = self.take_work() else { panic!("a read's data is written") };
        self.written.insert(lba, *sector);
        if left > 1 {
            self.request(Work::Write { lba: lba + 1, left: left - 1 });
        }
    }
}
