//! From bytes to a program, and all that is checked on the way.

use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use super::{CRC_OFFSET, Format, HEADER_SIZE, LoadError, MAGIC, MAX_CODE, Problem, Program, VERSION};
use crate::instruction::{DecodeError, Instruction, Opcode, OperandKind};

/// A program, and what was left out of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lenient {
    /// What can be run.
    pub program: Program,
    /// Bytes of code that are no instruction.
    pub dropped: usize,
}

/// A file's parts, of which the code isn't checked.
struct Parts<'a> {
    format: Format,
    name: &'a str,
    priority: u8,
    arrival: u32,
    code: &'a [u8],
    /// Where in the file the code begins.
    code_offset: usize,
}

pub(super) fn strict(file: &[u8]) -> Result<Program, LoadError> {
    let parts = Parts::of(file)?;
    check_code(parts.format, parts.code).map_err(|error| error.in_file(parts.code_offset))?;
    Ok(parts.with(parts.code.to_vec()))
}

pub(super) fn lenient(file: &[u8]) -> Result<Lenient, LoadError> {
    let parts = Parts::of(file)?;
    let code = instructions_of(parts.format, parts.code);
    let dropped = parts.code.len() - code.len();
    if code.is_empty() {
        return Err(LoadError { offset: parts.code_offset, problem: Problem::Empty });
    }
    check_code(parts.format, &code).map_err(|error| error.in_file(parts.code_offset))?;
    Ok(Lenient { program: parts.with(code), dropped })
}

impl LoadError {
    /// From an offset in the code to one in the file.
    fn in_file(self, code_offset: usize) -> Self {
        Self { offset: self.offset + code_offset, ..self }
    }
}

impl<'a> Parts<'a> {
    fn of(file: &'a [u8]) -> Result<Self, LoadError> {
        let parts = if file.starts_with(&MAGIC) {
            Self::full(file)?
        } else {
            Self { format: Format::Raw, name: "", priority: 0, arrival: 0, code: file, code_offset: 0 }
        };
        let error = |problem| Err(LoadError { offset: parts.code_offset, problem });
        match parts.code.len() {
            0 => error(Problem::Empty),
            len if len > MAX_CODE => error(Problem::TooLong(len)),
            _ => Ok(parts),
        }
    }

    fn full(file: &'a [u8]) -> Result<Self, LoadError> {
        let error = |offset, problem| Err(LoadError { offset, problem });
        let Some((header, code)) = file.split_first_chunk::<HEADER_SIZE>() else {
            return error(file.len(), Problem::CutHeader);
        };
        if header[4] != VERSION {
            return error(4, Problem::Version(header[4]));
        }
        if let Some(offset) = [5, 7].into_iter().find(|offset| header[*offset] != 0) {
            return error(offset, Problem::Reserved(header[offset]));
        }
        let stated = word(header, 12);
        if usize::try_from(stated) != Ok(code.len()) {
            return error(12, Problem::Length { stated, found: code.len() });
        }
        let (stated, computed) = (word(header, CRC_OFFSET), super::checksum(&header[..CRC_OFFSET], code));
        if stated != computed {
            return error(CRC_OFFSET, Problem::Crc { stated, computed });
        }
        let Some(name) = name(&header[16..CRC_OFFSET]) else { return error(16, Problem::Name) };
        let (priority, arrival) = (header[6], word(header, 8));
        Ok(Self { format: Format::Full, name, priority, arrival, code, code_offset: HEADER_SIZE })
    }

    fn with(&self, code: Vec<u8>) -> Program {
        Program::new(self.format, String::from(self.name), self.priority, self.arrival, code)
    }
}

fn word(header: &[u8; HEADER_SIZE], offset: usize) -> u32 {
    let bytes = |index| u32::from(header[offset + index]);
    bytes(0) | bytes(1) << 8 | bytes(2) << 16 | bytes(3) << 24
}

/// Returns a name padded by NULs.
fn name(bytes: &[u8]) -> Option<&str> {
    let end = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
    let (name, padding) = bytes.split_at_checked(end)?;
    let name = core::str::from_utf8(name).ok()?;
    (padding.iter().all(|byte| *byte == 0) && super::is_name(name)).then_some(name)
}

/// Returns what a format has at the beginning of `code`, and how many bytes it takes.
pub(crate) fn decode(format: Format, code: &[u8]) -> Result<(Instruction, usize), DecodeError> {
    if format == Format::Full {
        return Instruction::decode(code).map(|instruction| (instruction, instruction.size()));
    }
    let byte = *code.first().ok_or(DecodeError::End)?;
    let opcode = Opcode::from_byte(byte).ok_or(DecodeError::UnknownOpcode(byte))?;
    Ok((Instruction { opcode, operand: 0 }, 1))
}

/// Checks that the code is instructions to its end, and that jumps go to where one begins.
fn check_code(format: Format, code: &[u8]) -> Result<(), LoadError> {
    let mut begins = vec![false; code.len()];
    let mut jumps = Vec::new();
    let mut offset = 0;
    while offset < code.len() {
        let (instruction, size) =
            decode(format, &code[offset..]).map_err(|error| LoadError { offset, problem: error.into() })?;
        begins[offset] = true;
        if format == Format::Full && instruction.opcode.operand() == OperandKind::Jump {
            jumps.push((offset, jump_target(offset + size, instruction.operand)));
        }
        offset += size;
    }
    let is_good = |target: i64| usize::try_from(target).is_ok_and(|at| begins.get(at) == Some(&true));
    match jumps.into_iter().find(|(_, target)| !is_good(*target)) {
        Some((offset, target)) => Err(LoadError { offset, problem: Problem::Jump(target) }),
        None => Ok(()),
    }
}

/// Returns the offset in the code that a jump goes to; `next` is the offset of the instruction after it.
pub(crate) fn jump_target(next: usize, distance: i32) -> i64 {
    // Code has 64 KiB at most.
    i64::try_from(next).unwrap_or(i64::MAX).saturating_add(distance.into())
}

/// Returns the code without what is no instruction.
fn instructions_of(format: Format, mut code: &[u8]) -> Vec<u8> {
    let mut kept = Vec::with_capacity(code.len());
    while !code.is_empty() {
        let size = match decode(format, code) {
            Ok((_, size)) => {
                kept.extend(&code[..size]);
                size
            }
            Err(_) => 1,
        };
        code = &code[size..];
    }
    kept
}

impl From<DecodeError> for Problem {
    fn from(error: DecodeError) -> Self {
        match error {
            DecodeError::End => Self::Empty,
            DecodeError::UnknownOpcode(byte) => Self::UnknownOpcode(byte),
            DecodeError::CutOperand => Self::CutOperand,
            DecodeError::ZeroWork => Self::ZeroWork,
        }
    }
}
