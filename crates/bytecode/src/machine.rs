//! Runs a program, a tick at a time.
//!
//! A [`Machine`] is one task's: 16 slots, a stack of [`STACK`] numbers, and the place in the code. What it does to
//! the world goes through a [`Host`]; what it wants of the scheduler is the [`Action`] of a tick.
//!
//! A program of format 0 has no operands, so what it misses counts as 0: operands, and numbers on an empty stack.
//! Its SLEEP and WORK are one tick. It is done when it runs off its end; one of format 1 must halt.

mod fault;
#[cfg(test)]
mod tests;

pub use fault::{Fault, FaultReason};

use crate::instruction::{DecodeError, Instruction, Opcode, SLOTS};
use crate::program::{Format, Program, decode};

/// Numbers that a stack can hold.
pub const STACK: usize = 256;

/// A program that runs.
#[derive(Debug, Clone)]
pub struct Machine {
    program: Program,
    /// The offset in the code of the next instruction.
    pc: usize,
    stack: [i32; STACK],
    depth: usize,
    slots: [i32; SLOTS],
    /// Ticks left of the WORK that runs.
    work: u16,
}

/// What a task wanted at the end of a tick.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// To continue.
    Runs,
    /// To let others run.
    Yields,
    /// To sleep for this many ticks, at least one.
    Sleeps(u16),
    /// Nothing more.
    Exits,
    /// Something that can't be: the task ends.
    Faults(Fault),
}

/// What a task does to the world.
pub trait Host {
    /// PRINT.
    fn print(&mut self, value: i32);

    /// SETPRIO: the task has this base priority from the next decision on.
    fn set_priority(&mut self, priority: u8);

    /// An instruction begins, at this offset in the code.
    fn begins(&mut self, _offset: usize, _instruction: Instruction) {}
}

impl Machine {
    /// At the beginning of the program.
    #[must_use]
    pub fn new(program: Program) -> Self {
        Self { program, pc: 0, stack: [0; STACK], depth: 0, slots: [0; SLOTS], work: 0 }
    }

    /// Returns what it runs.
    #[must_use]
    pub fn program(&self) -> &Program {
        &self.program
    }

    /// Runs for a tick. After [`Action::Exits`] and [`Action::Faults`] there is nothing more to run.
    pub fn tick(&mut self, host: &mut impl Host) -> Action {
        if let Some(left) = self.work.checked_sub(1) {
            self.work = left;
            return Action::Runs;
        }
        let at = self.pc;
        let done = self.run_instruction(host);
        match done.map_err(|reason| Fault { pc: at, reason }) {
            Err(fault) => Action::Faults(fault),
            Ok(_) if self.is_raw() && self.pc >= self.program.code().len() => Action::Exits,
            Ok(action) => action,
        }
    }

    fn is_raw(&self) -> bool {
        self.program.format() == Format::Raw
    }

    fn run_instruction(&mut self, host: &mut impl Host) -> Result<Action, FaultReason> {
        let code = self.program.code().get(self.pc..).unwrap_or_default();
        let (instruction, size) = decode(self.program.format(), code)?;
        host.begins(self.pc, instruction);
        self.pc += size;
        let Instruction { opcode, operand } = instruction;
        match opcode {
            Opcode::Nop => {}
            Opcode::Push => self.push(operand)?,
            Opcode::Load => {
                let value = *self.slot(operand)?;
                self.push(value)?;
            }
            Opcode::Store => {
                let value = self.pop()?;
                *self.slot(operand)? = value;
            }
            Opcode::Add => self.binary(i32::wrapping_add)?,
            Opcode::Sub => self.binary(i32::wrapping_sub)?,
            Opcode::Print => host.print(self.pop()?),
            Opcode::Dup => {
                let top = self.pop()?;
                self.push(top)?;
                self.push(top)?;
            }
            Opcode::Drop => drop(self.pop()?),
            Opcode::SetPrio => host.set_priority(u8::try_from(operand).unwrap_or(u8::MAX)),
            Opcode::Work => self.work = u16::try_from(operand).unwrap_or(0).saturating_sub(1),
            Opcode::Sleep => return Ok(self.sleep(operand)),
            Opcode::Yield => return Ok(Action::Yields),
            Opcode::Halt => return Ok(Action::Exits),
            Opcode::Jmp | Opcode::Jz | Opcode::Jnz | Opcode::Jlt => {
                if self.jumps(opcode)? {
                    self.jump(operand)?;
                }
            }
        }
        Ok(Action::Runs)
    }

    /// In format 0 SLEEP is an instruction like others.
    fn sleep(&self, ticks: i32) -> Action {
        match u16::try_from(ticks) {
            _ if self.is_raw() => Action::Runs,
            Ok(0) | Err(_) => Action::Yields,
            Ok(ticks) => Action::Sleeps(ticks),
        }
    }

    fn jumps(&mut self, opcode: Opcode) -> Result<bool, FaultReason> {
        Ok(match opcode {
            Opcode::Jz => self.pop()? == 0,
            Opcode::Jnz => self.pop()? != 0,
            Opcode::Jlt => {
                let b = self.pop()?;
                self.pop()? < b
            }
            _ => true,
        })
    }

    fn jump(&mut self, distance: i32) -> Result<(), FaultReason> {
        let target = crate::program::jump_target(self.pc, distance);
        self.pc = usize::try_from(target).map_err(|_| FaultReason::Outside)?;
        Ok(())
    }

    fn binary(&mut self, operation: impl Fn(i32, i32) -> i32) -> Result<(), FaultReason> {
        let b = self.pop()?;
        let a = self.pop()?;
        self.push(operation(a, b))
    }

    fn push(&mut self, value: i32) -> Result<(), FaultReason> {
        *self.stack.get_mut(self.depth).ok_or(FaultReason::StackOverflow)? = value;
        self.depth += 1;
        Ok(())
    }

    fn pop(&mut self) -> Result<i32, FaultReason> {
        match self.depth.checked_sub(1) {
            Some(depth) => {
                self.depth = depth;
                Ok(self.stack[depth])
            }
            None if self.is_raw() => Ok(0),
            None => Err(FaultReason::StackUnderflow),
        }
    }

    fn slot(&mut self, number: i32) -> Result<&mut i32, FaultReason> {
        let slot = usize::try_from(number).ok().and_then(|index| self.slots.get_mut(index));
        slot.ok_or(FaultReason::Slot(number))
    }
}

impl From<DecodeError> for FaultReason {
    fn from(error: DecodeError) -> Self {
        match error {
            DecodeError::End => Self::Outside,
            DecodeError::UnknownOpcode(byte) => Self::Opcode(byte),
            DecodeError::CutOperand | DecodeError::ZeroWork => Self::Operand,
        }
    }
}
