//! What ends a task that does what can't be.

use core::fmt;

use super::STACK;
use crate::instruction::SLOTS;

/// A fault, and where.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fault {
    /// The instruction's offset in the code.
    pub pc: usize,
    /// What it did.
    pub reason: FaultReason,
}

/// What an instruction can do wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultReason {
    /// It pops from an empty stack.
    StackUnderflow,
    /// It pushes on a full one.
    StackOverflow,
    /// It names this slot.
    Slot(i32),
    /// It begins with this byte. Loaded programs have none such.
    Opcode(u8),
    /// Its operand is cut or can't be. Loaded programs have none such.
    Operand,
    /// There is none: the program has run off its end.
    Outside,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "fault at offset {} of the code: {}", self.pc, self.reason)
    }
}

impl fmt::Display for FaultReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::StackUnderflow => f.write_str("stack underflow: it pops from an empty stack"),
            Self::StackOverflow => write!(f, "stack overflow: the stack holds {STACK} numbers"),
            Self::Slot(slot) => write!(f, "slot {slot}: slots are 0 to {}", SLOTS - 1),
            Self::Opcode(byte) => write!(f, "no instruction begins with {byte:#04x}"),
            Self::Operand => f.write_str("its operand can't be"),
            Self::Outside => f.write_str("outside the code: a program ends with HALT"),
        }
    }
}
