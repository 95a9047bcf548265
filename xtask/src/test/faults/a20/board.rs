//! A board whose A20 line is off, and whose ways to switch it on can be broken.

use anyhow::{Result, bail, ensure};

use super::interpreter::Board;

/// The first MiB, and the 64 KiB after it that real mode reaches.
const MEMORY_SIZE: usize = 0x11_0000;

/// Address line 20.
const LINE_20: u32 = 1 << 20;

/// What can be wrong with INT 15h AX=2401h.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Service {
    Works,
    DoesNothing,
}

/// What can be wrong with the keyboard controller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Keyboard {
    Works,
    /// There is none: its ports read as FFh.
    Absent,
    /// It takes no byte, ever.
    Busy,
    /// It doesn't tell its output port.
    Silent,
    /// Its output port has no A20.
    Unwired,
}

/// What can be wrong with port 92h.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Port92 {
    Works,
    Absent,
}

/// Who was asked to switch A20 on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asked {
    Service,
    Keyboard,
    Port92,
}

/// The ways to switch A20 on.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ways {
    pub(super) service: Service,
    pub(super) keyboard: Keyboard,
    pub(super) port_92: Port92,
    /// How many writes to the delay port it takes until A20 is what it was switched to.
    pub(super) delay: u32,
}

impl Ways {
    /// The first that works, in the order in which they should be asked.
    pub(super) fn first_working(self) -> Option<Asked> {
        let ways = [
            (self.service == Service::Works, Asked::Service),
            (self.keyboard == Keyboard::Works, Asked::Keyboard),
            (self.port_92 == Port92::Works, Asked::Port92),
        ];
        ways.into_iter().find_map(|(works, way)| works.then_some(way))
    }
}

/// The board.
pub(super) struct BrokenBoard {
    ways: Ways,
    /// Whether A20 is on.
    pub(super) a20: bool,
    /// Who was asked, in order.
    pub(super) asked: Vec<Asked>,
    /// Whether the keyboard may send.
    pub(super) keyboard_enabled: bool,
    pending: Option<u32>,
    memory: Vec<u8>,
    /// The keyboard controller's output: first the scan code of a key that was pressed.
    keyboard_output: Option<u8>,
    keyboard_command: u8,
}

impl BrokenBoard {
    /// Returns a board with A20 off and `code` at `address`.
    pub(super) fn new(ways: Ways, address: usize, code: &[u8]) -> Self {
        let mut memory = vec![0; MEMORY_SIZE];
        memory[address..address + code.len()].copy_from_slice(code);
        Self {
            ways,
            a20: false,
            asked: Vec::new(),
            keyboard_enabled: true,
            pending: None,
            memory,
            keyboard_output: Some(0x1C),
            keyboard_command: 0,
        }
    }

    /// One of the ways was tried, and it works or not.
    fn switch_on(&mut self, who: Asked, works: bool) {
        self.asked.push(who);
        if works {
            self.a20 = self.ways.delay == 0;
            self.pending = Some(self.ways.delay);
        }
    }

    fn keyboard_takes(&mut self, command: u8) {
        match command {
            0xAD => self.keyboard_enabled = false,
            0xAE => self.keyboard_enabled = true,
            // IBM PC AT Technical Reference, "Output Port": bit 0 is the CPU's reset, low; bit 1 is A20.
            0xD0 if self.ways.keyboard != Keyboard::Silent => self.keyboard_output = Some(0xCD),
            _ => {}
        }
        self.keyboard_command = command;
    }

    fn keyboard_data(&mut self, value: u8) -> Result<()> {
        ensure!(self.keyboard_command == 0xD1, "{value:#x} goes to the keyboard");
        ensure!(value & 1 != 0, "the keyboard controller resets the machine");
        if value & 2 != 0 {
            self.switch_on(Asked::Keyboard, self.ways.keyboard == Keyboard::Works);
        }
        Ok(())
    }
}

impl Board for BrokenBoard {
    fn input(&mut self, port: u8) -> Result<u8> {
        Ok(match port {
            0x60 | 0x64 if self.ways.keyboard == Keyboard::Absent => 0xFF,
            0x60 => self.keyboard_output.take().unwrap_or_default(),
            0x64 => {
                u8::from(self.keyboard_output.is_some()) | u8::from(self.ways.keyboard == Keyboard::Busy) << 1
            }
            0x92 if self.ways.port_92 == Port92::Absent => 0xFF,
            0x92 => 0,
            _ => bail!("port {port:#x} is read"),
        })
    }

    fn output(&mut self, port: u8, value: u8) -> Result<()> {
        match port {
            0x60 | 0x64 if matches!(self.ways.keyboard, Keyboard::Absent | Keyboard::Busy) => {}
            0x60 => self.keyboard_data(value)?,
            0x64 => self.keyboard_takes(value),
            0x80 => {
                self.pending = self.pending.and_then(|left| left.checked_sub(1));
                self.a20 |= self.pending == Some(0);
            }
            0x92 => {
                ensure!(value & 1 == 0, "port 92h resets the machine");
                self.switch_on(Asked::Port92, self.ways.port_92 == Port92::Works);
            }
            _ => bail!("port {port:#x} gets {value:#x}"),
        }
        Ok(())
    }

    fn interrupt(&mut self, vector: u8, ax: u16) -> Result<()> {
        ensure!((vector, ax) == (0x15, 0x2401), "INT {vector:02x}h AX={ax:04x}h is called");
        self.switch_on(Asked::Service, self.ways.service == Service::Works);
        Ok(())
    }

    fn memory(&mut self, address: u32) -> &mut u8 {
        let address = if self.a20 { address } else { address & !LINE_20 };
        &mut self.memory[address as usize]
    }
}
