//! Interprets 16-bit code: just the instructions that `stage2/src/a20.S` is made of, in a machine of one's choice.
//!
//! Assumes real mode, with DS and SS zero. Refuses any other instruction, by its address and bytes, and code that doesn't
//! come to an end.
//!
//! Source: Intel SDM vol. 2, "Instruction Set Reference"; appendix "Opcode Map".

use anyhow::{Result, bail, ensure};

/// Instructions after which code counts as endless: all waits of `a20_enable` together take some six million.
const MAX_INSTRUCTIONS: u32 = 20_000_000;

/// Where the code's stack begins.
const STACK_TOP: u16 = 0x7000;

/// Where the first `ret` that has no `call` goes to: no code is there.
const RETURNED: u16 = 0xFFFF;

/// What is outside the CPU.
pub(super) trait Board {
    /// Returns the value of a port.
    fn input(&mut self, port: u8) -> Result<u8>;
    /// Writes a value to a port.
    fn output(&mut self, port: u8, value: u8) -> Result<()>;
    /// A BIOS service.
    fn interrupt(&mut self, vector: u8, ax: u16) -> Result<()>;
    /// The byte of memory that this address reaches.
    fn memory(&mut self, address: u32) -> &mut u8;
}

/// How code has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// By its last RET.
    Returned,
    /// At an address where it was to be stopped, with this in SI.
    Stopped { si: u16 },
}

/// Numbers of the registers, as instructions have them.
const AX: u8 = 0;
const CX: u8 = 1;
const SP: u8 = 4;
const SI: u8 = 6;

/// Real mode's registers, as far as they are needed.
struct Cpu<'a, B> {
    board: &'a mut B,
    registers: [u16; 8],
    es: u16,
    ip: u16,
    zero: bool,
    /// Whether the instruction has the prefix for ES.
    es_prefix: bool,
}

/// Runs the routine at `start` until it returns or comes to `stop`; returns how it ended, and after how many instructions.
pub(super) fn run(board: &mut impl Board, start: u16, stop: u16) -> Result<(End, u32)> {
    let mut cpu = Cpu { board, registers: [0; 8], es: 0, ip: start, zero: false, es_prefix: false };
    cpu.registers[usize::from(SP)] = STACK_TOP;
    cpu.push(RETURNED);
    for instructions in 0..MAX_INSTRUCTIONS {
        match cpu.ip {
            RETURNED => return Ok((End::Returned, instructions)),
            ip if ip == stop => {
                return Ok((End::Stopped { si: cpu.registers[usize::from(SI)] }, instructions));
            }
            ip => ensure!(cpu.step()?, "{ip:#x}: the interpreter doesn't know {:02x?}", cpu.bytes_at(ip)),
        }
    }
    bail!("{MAX_INSTRUCTIONS} instructions, and no end")
}

impl<B: Board> Cpu<'_, B> {
    /// One instruction; false where it isn't known.
    fn step(&mut self) -> Result<bool> {
        self.es_prefix = false;
        let mut opcode = self.fetch();
        if opcode == 0x26 {
            self.es_prefix = true;
            opcode = self.fetch();
        }
        match opcode {
            0xE4 => {
                let port = self.fetch();
                let value = self.board.input(port)?;
                self.set_al(value);
            }
            0xE6 => {
                let port = self.fetch();
                self.board.output(port, self.al())?;
            }
            0xCD => {
                let vector = self.fetch();
                self.board.interrupt(vector, self.get(AX))?;
            }
            0xFA | 0xFB => {} // CLI, STI: there are no interrupts
            _ => return Ok(self.jump(opcode) || self.byte(opcode) || self.word(opcode)),
        }
        Ok(true)
    }

    /// Jumps, calls and loops.
    fn jump(&mut self, opcode: u8) -> bool {
        match opcode {
            0xE8 => {
                let distance = self.fetch_word();
                self.push(self.ip);
                self.ip = self.ip.wrapping_add(distance);
            }
            0xC3 => self.ip = self.pop(),
            0xE9 => {
                let distance = self.fetch_word();
                self.ip = self.ip.wrapping_add(distance);
            }
            0xEB => self.branch(true),
            0x74 => self.branch(self.zero),
            0x75 => self.branch(!self.zero),
            0xE0..=0xE2 => {
                let left = self.get(CX).wrapping_sub(1);
                self.set(CX, left);
                let flag = [!self.zero, self.zero, true][usize::from(opcode - 0xE0)];
                self.branch(left != 0 && flag);
            }
            _ => return false,
        }
        true
    }

    /// What has AL and a constant for operands.
    fn byte(&mut self, opcode: u8) -> bool {
        if ![0x0C, 0x24, 0xA8, 0xB0].contains(&opcode) {
            return false;
        }
        let (constant, al) = (self.fetch(), self.al());
        let result = match opcode {
            0xB0 => constant,
            0x0C => al | constant,
            _ => al & constant,
        };
        if opcode != 0xB0 {
            self.zero = result == 0;
        }
        if opcode != 0xA8 {
            self.set_al(result);
        }
        true
    }

    /// What has words for operands.
    fn word(&mut self, opcode: u8) -> bool {
        match opcode {
            0x50..=0x57 => self.push(self.get(opcode & 7)),
            0x58..=0x5F => {
                let value = self.pop();
                self.set(opcode & 7, value);
            }
            0xB8..=0xBF => {
                let value = self.fetch_word();
                self.set(opcode & 7, value);
            }
            0xA1 => {
                let address = self.address();
                let value = self.read(address);
                self.set(AX, value);
            }
            0xA3 => {
                let address = self.address();
                self.write(address, self.get(AX));
            }
            _ => return self.with_operand_byte(opcode),
        }
        true
    }

    /// XOR and NOT of registers, MOV to ES, CMP with memory: those whose next byte says which operands they have.
    fn with_operand_byte(&mut self, opcode: u8) -> bool {
        const TO_REGISTER: u8 = 0b11;
        let operands = self.fetch();
        let (mode, register, other) = (operands >> 6, operands >> 3 & 7, operands & 7);
        match (opcode, mode) {
            (0x31, TO_REGISTER) => {
                let value = self.get(other) ^ self.get(register);
                self.set(other, value);
                self.zero = value == 0;
            }
            (0xF7, TO_REGISTER) if register == 2 => self.set(other, !self.get(other)),
            (0x8E, TO_REGISTER) if register == 0 => self.es = self.get(other),
            (0x39, 0) if other == 6 => {
                let address = self.address();
                self.zero = self.read(address) == self.get(register);
            }
            _ => return false,
        }
        true
    }

    /// The address that an instruction has in it.
    fn address(&mut self) -> u32 {
        let segment = if self.es_prefix { self.es } else { 0 };
        u32::from(segment) * 16 + u32::from(self.fetch_word())
    }

    fn branch(&mut self, taken: bool) {
        let distance = self.fetch().cast_signed();
        if taken {
            self.ip = self.ip.wrapping_add_signed(distance.into());
        }
    }

    fn fetch(&mut self) -> u8 {
        let byte = *self.board.memory(self.ip.into());
        self.ip = self.ip.wrapping_add(1);
        byte
    }

    fn fetch_word(&mut self) -> u16 {
        u16::from_le_bytes([self.fetch(), self.fetch()])
    }

    fn bytes_at(&mut self, ip: u16) -> [u8; 4] {
        [0, 1, 2, 3].map(|index| *self.board.memory(u32::from(ip) + index))
    }

    fn read(&mut self, address: u32) -> u16 {
        u16::from_le_bytes([*self.board.memory(address), *self.board.memory(address + 1)])
    }

    fn write(&mut self, address: u32, value: u16) {
        let [low, high] = value.to_le_bytes();
        *self.board.memory(address) = low;
        *self.board.memory(address + 1) = high;
    }

    fn push(&mut self, value: u16) {
        let top = self.get(SP).wrapping_sub(2);
        self.set(SP, top);
        self.write(top.into(), value);
    }

    fn pop(&mut self) -> u16 {
        let top = self.get(SP);
        self.set(SP, top.wrapping_add(2));
        self.read(top.into())
    }

    fn get(&self, register: u8) -> u16 {
        self.registers[usize::from(register)]
    }

    fn set(&mut self, register: u8, value: u16) {
        self.registers[usize::from(register)] = value;
    }

    fn al(&self) -> u8 {
        self.get(AX).to_le_bytes()[0]
    }

    fn set_al(&mut self, value: u8) {
        let [_, ah] = self.get(AX).to_le_bytes();
        self.set(AX, u16::from_le_bytes([value, ah]));
    }
}
