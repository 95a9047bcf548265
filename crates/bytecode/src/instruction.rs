//! The instructions: a byte for what to do, then the operand, little-endian.

use core::fmt;

/// What an instruction does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Opcode {
    /// Nothing.
    Nop = 0x00,
    /// Pushes its operand.
    Push = 0x01,
    /// Pushes a slot.
    Load = 0x02,
    /// Pops b, then a; pushes a + b, which wraps.
    Add = 0x03,
    /// Pops b, then a; pushes a - b, which wraps.
    Sub = 0x04,
    /// Pops, and appends to the task's output.
    Print = 0x05,
    /// Sleeps for some ticks; for 0 of them it is [`Self::Yield`].
    Sleep = 0x06,
    /// Lets others run.
    Yield = 0x07,
    /// Ends the task.
    Halt = 0x08,
    /// Computes for some ticks.
    Work = 0x09,
    /// Sets the task's base priority.
    SetPrio = 0x0A,
    /// Pops into a slot.
    Store = 0x0B,
    /// Jumps.
    Jmp = 0x0C,
    /// Pops, and jumps if that is zero.
    Jz = 0x0D,
    /// Pops, and jumps if that isn't zero.
    Jnz = 0x0E,
    /// Pops b, then a; jumps if a < b.
    Jlt = 0x0F,
    /// Pushes the top once more.
    Dup = 0x10,
    /// Pops.
    Drop = 0x11,
}

/// The operand that follows an opcode.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OperandKind {
    /// Nothing.
    None,
    /// An i32.
    Value,
    /// A u8: the number of a slot.
    Slot,
    /// A u8.
    Priority,
    /// A u16.
    Ticks,
    /// A u16 that isn't zero.
    SomeTicks,
    /// An i16, from the next instruction.
    Jump,
}

/// An opcode with its operand, which is 0 where there is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Instruction {
    /// What to do.
    pub opcode: Opcode,
    /// What with.
    pub operand: i32,
}

/// Why there is no instruction at an offset.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DecodeError {
    /// The code ends there.
    End,
    /// No instruction begins with this byte.
    UnknownOpcode(u8),
    /// The code ends within the operand.
    CutOperand,
    /// `WORK 0`.
    ZeroWork,
}

/// The number of a task's last slot.
const LAST_SLOT: u8 = 15;

/// Slots of a task.
pub const SLOTS: usize = LAST_SLOT as usize + 1;

impl Opcode {
    /// All of them; the index of each is its byte.
    pub const ALL: [Self; 18] = [
        Self::Nop,
        Self::Push,
        Self::Load,
        Self::Add,
        Self::Sub,
        Self::Print,
        Self::Sleep,
        Self::Yield,
        Self::Halt,
        Self::Work,
        Self::SetPrio,
        Self::Store,
        Self::Jmp,
        Self::Jz,
        Self::Jnz,
        Self::Jlt,
        Self::Dup,
        Self::Drop,
    ];

    /// Returns the opcode that a byte means.
    #[must_use]
    pub fn from_byte(byte: u8) -> Option<Self> {
        Self::ALL.get(usize::from(byte)).copied()
    }

    /// Returns the opcode that a mnemonic means, in any case.
    #[must_use]
    pub fn from_mnemonic(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|opcode| opcode.mnemonic().eq_ignore_ascii_case(name))
    }

    /// Returns what sources and traces call it.
    #[must_use]
    pub const fn mnemonic(self) -> &'static str {
        match self {
            Self::Nop => "NOP",
            Self::Push => "PUSH",
            Self::Load => "LOAD",
            Self::Add => "ADD",
            Self::Sub => "SUB",
            Self::Print => "PRINT",
            Self::Sleep => "SLEEP",
            Self::Yield => "YIELD",
            Self::Halt => "HALT",
            Self::Work => "WORK",
            Self::SetPrio => "SETPRIO",
            Self::Store => "STORE",
            Self::Jmp => "JMP",
            Self::Jz => "JZ",
            Self::Jnz => "JNZ",
            Self::Jlt => "JLT",
            Self::Dup => "DUP",
            Self::Drop => "DROP",
        }
    }

    /// Returns the operand that follows it.
    #[must_use]
    pub const fn operand(self) -> OperandKind {
        match self {
            Self::Push => OperandKind::Value,
            Self::Load | Self::Store => OperandKind::Slot,
            Self::Sleep => OperandKind::Ticks,
            Self::Work => OperandKind::SomeTicks,
            Self::SetPrio => OperandKind::Priority,
            Self::Jmp | Self::Jz | Self::Jnz | Self::Jlt => OperandKind::Jump,
            _ => OperandKind::None,
        }
    }

    /// Returns whether the code after it runs only if something jumps there.
    #[must_use]
    pub const fn ends_flow(self) -> bool {
        matches!(self, Self::Halt | Self::Jmp)
    }
}

impl OperandKind {
    /// Returns the number of bytes of it.
    #[must_use]
    pub const fn size(self) -> usize {
        match self {
            Self::None => 0,
            Self::Slot | Self::Priority => 1,
            Self::Ticks | Self::SomeTicks | Self::Jump => 2,
            Self::Value => 4,
        }
    }

    /// Returns the least and the greatest that a source may say.
    #[must_use]
    pub const fn range(self) -> (i32, i32) {
        match self {
            Self::None => (0, 0),
            Self::Value => (i32::MIN, i32::MAX),
            Self::Slot => (0, LAST_SLOT as i32),
            Self::Priority => (0, u8::MAX as i32),
            Self::Ticks => (0, u16::MAX as i32),
            Self::SomeTicks => (1, u16::MAX as i32),
            Self::Jump => (i16::MIN as i32, i16::MAX as i32),
        }
    }

    /// Reads it from bytes of its size.
    fn decode(self, bytes: &[u8]) -> Option<i32> {
        Some(match self {
            Self::None => 0,
            Self::Slot | Self::Priority => i32::from(*bytes.first()?),
            Self::Ticks | Self::SomeTicks => u16::from_le_bytes(*bytes.first_chunk()?).into(),
            Self::Jump => i16::from_le_bytes(*bytes.first_chunk()?).into(),
            Self::Value => i32::from_le_bytes(*bytes.first_chunk()?),
        })
    }
}

impl Instruction {
    /// Returns the instruction at the beginning of `code`.
    ///
    /// # Errors
    /// There is none.
    pub fn decode(code: &[u8]) -> Result<Self, DecodeError> {
        let (byte, rest) = code.split_first().ok_or(DecodeError::End)?;
        let opcode = Opcode::from_byte(*byte).ok_or(DecodeError::UnknownOpcode(*byte))?;
        let operand = opcode.operand().decode(rest).ok_or(DecodeError::CutOperand)?;
        if opcode == Opcode::Work && operand == 0 {
            return Err(DecodeError::ZeroWork);
        }
        Ok(Self { opcode, operand })
    }

    /// Returns the number of bytes of it, operand included.
    #[must_use]
    pub const fn size(self) -> usize {
        1 + self.opcode.operand().size()
    }

    /// Returns its bytes, of which [`Self::size`] count. An operand out of its range is cut.
    #[must_use]
    pub const fn encode(self) -> [u8; 5] {
        // The low bytes of a little-endian number are that number in fewer bytes.
        let [a, b, c, d] = self.operand.to_le_bytes();
        [self.opcode as u8, a, b, c, d]
    }
}

impl fmt::Display for Instruction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.opcode.mnemonic())?;
        if self.opcode.operand() == OperandKind::None { Ok(()) } else { write!(f, " {}", self.operand) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_opcode_stands_at_its_byte() {
        for (byte, opcode) in (0..).zip(Opcode::ALL) {
            assert_eq!(opcode as u8, byte);
            assert_eq!(Opcode::from_byte(byte), Some(opcode));
            assert_eq!(Opcode::from_mnemonic(&opcode.mnemonic().to_lowercase()), Some(opcode));
        }
        assert_eq!(Opcode::from_byte(0x12), None);
    }

    #[test]
    fn every_operand_is_read_back() {
        for opcode in Opcode::ALL {
            let (least, greatest) = opcode.operand().range();
            for operand in [least, greatest] {
                let instruction = Instruction { opcode, operand };
                let bytes = instruction.encode();
                let code = &bytes[..instruction.size()];
                assert_eq!(Instruction::decode(code), Ok(instruction));
                if code.len() > 1 {
                    assert_eq!(Instruction::decode(&code[..code.len() - 1]), Err(DecodeError::CutOperand));
                }
            }
        }
        assert_eq!(Instruction::decode(&[9, 0, 0]), Err(DecodeError::ZeroWork));
        assert_eq!(Instruction::decode(&[]), Err(DecodeError::End));
        assert_eq!(Instruction::decode(&[0x12]), Err(DecodeError::UnknownOpcode(0x12)));
    }
}
