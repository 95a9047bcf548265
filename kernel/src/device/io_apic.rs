//! The I/O APIC: interrupt lines, each with an entry that says where it goes and as what.
//!
//! Source: Intel 82093AA I/O Advanced Programmable Interrupt Controller, "Register Description".

use farjump_acpi_tables::madt::{self, Signal};

use crate::memory::device::{DeviceError, DeviceMemory};

/// Registers in memory: which register, and its contents.
const SELECT: u64 = 0x00;
const WINDOW: u64 = 0x10;
const REGISTERS_SIZE: u64 = 0x20;

/// Version register: the number of the last line in bits 16 to 23.
const VERSION: u32 = 0x01;
const LAST_LINE_SHIFT: u32 = 16;
/// What the bus answers where no device does, and what no version is.
const NO_DEVICE: u32 = u32::MAX;
const NO_VERSION: u32 = 0;
/// The first of the lines' entries, of two registers each.
const FIRST_ENTRY: u32 = 0x10;

/// Entry: nothing comes.
const MASKED: u32 = 1 << 16;
const LEVEL_TRIGGERED: u32 = 1 << 15;
const ACTIVE_LOW: u32 = 1 << 13;
/// Entry: it comes as a non-maskable interrupt.
const NMI: u32 = 0b100 << 8;
/// Upper half of an entry: the local APIC it goes to, in bits 24 to 31.
const DESTINATION_SHIFT: u32 = 24;

/// A controller of lines. One access takes two registers, so its user holds a lock.
#[derive(Debug)]
pub(crate) struct IoApic {
    registers: DeviceMemory,
    first_line: u32,
    lines: u32,
}

/// What a line's interrupts come as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Delivery {
    /// An interrupt on this vector.
    Vector(u8),
    /// A non-maskable interrupt.
    Nmi,
}

/// Why an I/O APIC isn't used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum IoApicError {
    /// Its registers can't be mapped.
    Device(DeviceError),
    /// Nothing is at its address.
    Absent(u32),
}

impl IoApic {
    /// Maps its registers, and changes nothing but which one is selected.
    pub(crate) fn open(description: madt::IoApic) -> Result<Self, IoApicError> {
        // SAFETY: the tables say that an I/O APIC is there, and this is the only code that drives it.
        let registers = unsafe { DeviceMemory::map("I/O APIC", description.address.into(), REGISTERS_SIZE) };
        let registers = registers.map_err(IoApicError::Device)?;
        let mut io_apic = Self { registers, first_line: description.first_line, lines: 0 };
        let version = io_apic.read(VERSION);
        if matches!(version, NO_DEVICE | NO_VERSION) {
            return Err(IoApicError::Absent(description.address));
        }
        io_apic.lines = (version >> LAST_LINE_SHIFT & 0xFF) + 1;
        Ok(io_apic)
    }

    /// How many lines it has: 1 to 256.
    pub(crate) fn lines(&self) -> u32 {
        self.lines
    }

    /// The number that a line has here, if it is one of these.
    pub(crate) fn pin(&self, line: u32) -> Option<u32> {
        line.checked_sub(self.first_line).filter(|pin| *pin < self.lines)
    }

    /// Holds all lines back.
    pub(crate) fn mask_all(&mut self) {
        (0..self.lines).for_each(|pin| self.write(FIRST_ENTRY + 2 * pin, MASKED));
    }

    /// Says where a line's interrupts go and as what; they are held back until [`Self::unmask`].
    pub(crate) fn route(&mut self, pin: u32, signal: Signal, delivery: Delivery, apic_id: u8) {
        let polarity = if signal.active_low { ACTIVE_LOW } else { 0 };
        let trigger = if signal.level_triggered { LEVEL_TRIGGERED } else { 0 };
        let delivery = match delivery {
            Delivery::Vector(vector) => vector.into(),
            Delivery::Nmi => NMI,
        };
        // The lower half first: it masks the line while its destination is being changed.
        self.write(FIRST_ENTRY + 2 * pin, MASKED | trigger | polarity | delivery);
        self.write(FIRST_ENTRY + 2 * pin + 1, u32::from(apic_id) << DESTINATION_SHIFT);
    }

    /// Holds a line's interrupts back.
    pub(crate) fn mask(&mut self, pin: u32) {
        let entry = self.read(FIRST_ENTRY + 2 * pin);
        self.write(FIRST_ENTRY + 2 * pin, entry | MASKED);
    }

    /// Lets a line's interrupts through.
    pub(crate) fn unmask(&mut self, pin: u32) {
        let entry = self.read(FIRST_ENTRY + 2 * pin);
        self.write(FIRST_ENTRY + 2 * pin, entry & !MASKED);
    }

    fn read(&mut self, register: u32) -> u32 {
        self.registers.write_u32(SELECT, register);
        self.registers.read_u32(WINDOW)
    }

    fn write(&mut self, register: u32, value: u32) {
        self.registers.write_u32(SELECT, register);
        self.registers.write_u32(WINDOW, value);
    }
}
