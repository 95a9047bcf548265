//! Checks that need all lines: where jumps go, and the warnings.

use alloc::collections::BTreeSet;
use alloc::vec::Vec;

use super::diagnostic::{Code, Diagnostic};
use super::operand::Operand;
use super::{Assembler, MAX_DIAGNOSTICS, Statement};
use crate::instruction::{Instruction, Opcode, OperandKind};
use crate::program::{Format, jump_target};

impl Assembler<'_> {
    /// Returns the code; jumps that go nowhere become errors.
    pub(super) fn encode(&mut self) -> Vec<u8> {
        let begins: BTreeSet<usize> = self.statements.iter().map(|statement| statement.offset).collect();
        let mut code = Vec::with_capacity(self.code_len);
        let mut errors = Vec::new();
        for statement in &self.statements {
            let operand = self.operand(statement, &begins).unwrap_or_else(|error| {
                errors.push(Diagnostic::new(statement.operand_span, error));
                0
            });
            let instruction = Instruction { opcode: statement.opcode, operand };
            let size = if self.head.format() == Format::Raw { 1 } else { instruction.size() };
            code.extend(&instruction.encode()[..size]);
            if errors.len() >= MAX_DIAGNOSTICS {
                break;
            }
        }
        self.errors.append(&mut errors);
        code
    }

    fn operand(&self, statement: &Statement<'_>, begins: &BTreeSet<usize>) -> Result<i32, Code> {
        let next = statement.next();
        let distance = match statement.operand {
            Operand::Value(value) => value,
            Operand::Label(name) => {
                let Some(label) = self.labels.get(name) else {
                    let nearest = farjump_words::nearest(name, self.labels.keys().copied());
                    return Err(Code::UndefinedLabel(name.into(), nearest.map(Into::into)));
                };
                distance(next, label.offset).ok_or(Code::TooFar)?
            }
        };
        let is_jump = statement.opcode.operand() == OperandKind::Jump && self.head.format() == Format::Full;
        let target = jump_target(next, distance);
        // With errors in some lines, where others begin isn't known.
        let is_good = usize::try_from(target).is_ok_and(|target| begins.contains(&target));
        if is_jump && !is_good && self.errors.is_empty() {
            return Err(Code::JumpTarget(target));
        }
        Ok(distance)
    }

    /// Returns what can be assembled, and is hardly meant.
    pub(super) fn warnings(&self) -> Vec<Diagnostic> {
        let targets: BTreeSet<usize> = self.statements.iter().filter_map(|jump| self.target(jump)).collect();
        let used: BTreeSet<&str> =
            self.statements.iter().filter_map(|statement| statement.operand.label()).collect();
        let unused = self.labels.iter().filter(|(name, _)| !used.contains(**name));
        let unused =
            unused.map(|(name, label)| Diagnostic::new(label.span, Code::UnusedLabel((*name).into())));
        let pairs = self.statements.iter().zip(self.statements.iter().skip(1));
        let unreached = pairs
            .filter(|(before, after)| before.opcode.ends_flow() && !targets.contains(&after.offset))
            .map(|(before, after)| Diagnostic::new(after.span, Code::Unreached(before.opcode.mnemonic())));
        let mut warnings: Vec<Diagnostic> = unused.chain(unreached).chain(self.no_halt()).collect();
        warnings.sort_by_key(|warning| (warning.line, warning.column));
        warnings.truncate(MAX_DIAGNOSTICS);
        warnings
    }

    fn no_halt(&self) -> Option<Diagnostic> {
        let halts = self.statements.iter().any(|statement| statement.opcode == Opcode::Halt);
        let last = self.statements.last().filter(|_| !halts)?;
        Some(Diagnostic::new(last.span, Code::NoHalt))
    }

    /// Returns where a jump goes.
    fn target(&self, jump: &Statement<'_>) -> Option<usize> {
        match jump.operand {
            Operand::Label(name) => self.labels.get(name).map(|label| label.offset),
            Operand::Value(distance) if jump.opcode.operand() == OperandKind::Jump => {
                usize::try_from(jump_target(jump.next(), distance)).ok()
            }
            Operand::Value(_) => None,
        }
    }
}

impl Statement<'_> {
    /// Returns where the next instruction is.
    fn next(&self) -> usize {
        self.offset + 1 + self.opcode.operand().size()
    }
}

impl<'a> Operand<'a> {
    fn label(&self) -> Option<&'a str> {
        match self {
            Self::Label(name) => Some(name),
            Self::Value(_) => None,
        }
    }
}

/// Returns the distance from the next instruction to a label, if it fits into 16 bits.
fn distance(next: usize, to: usize) -> Option<i32> {
    let (next, to) = (i64::try_from(next).ok()?, i64::try_from(to).ok()?);
    i16::try_from(to - next).ok().map(i32::from)
}
