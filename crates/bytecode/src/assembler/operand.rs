//! The operand that follows a mnemonic.

use alloc::string::String;

use super::diagnostic::{Code, Diagnostic};
use super::number::{self, NumberError};
use super::token::{Span, Token, is_label};
use crate::instruction::{Opcode, OperandKind};
use crate::program::Format;

/// An operand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operand<'a> {
    /// A number, 0 where there is none.
    Value(i32),
    /// Where to jump.
    Label(&'a str),
}

/// Returns the operand of an instruction, and its position.
pub(super) fn read<'a>(
    format: Format,
    opcode: Opcode,
    mnemonic: Token<'a>,
    operands: &[Token<'a>],
) -> Result<(Operand<'a>, Span), Diagnostic> {
    let kind = if format == Format::Raw { OperandKind::None } else { opcode.operand() };
    let error = |span, code| Err(Diagnostic::new(span, code));
    let wants_one = kind != OperandKind::None;
    if let Some(extra) = operands.get(usize::from(wants_one)) {
        let of_format = format == Format::Raw && opcode.operand() != OperandKind::None;
        return error(extra.span, Code::ExtraOperand { opcode, of_format });
    }
    let Some(operand) = operands.first() else {
        let missing = Code::MissingOperand(opcode.mnemonic());
        return if wants_one {
            error(mnemonic.span, missing)
        } else {
            Ok((Operand::Value(0), mnemonic.span))
        };
    };
    if kind == OperandKind::Jump && is_label(operand.text) {
        return Ok((Operand::Label(operand.text), operand.span));
    }
    let (least, greatest) = kind.range();
    let value = value(operand, (least.into(), greatest.into()))?;
    // It is in the range of an i32.
    Ok((Operand::Value(i32::try_from(value).unwrap_or(i32::MAX)), operand.span))
}

/// Returns the number that a word means, if it is in a range.
pub(super) fn value(token: &Token<'_>, (least, greatest): (i64, i64)) -> Result<i64, Diagnostic> {
    let text = || String::from(token.text);
    match number::parse(token.text) {
        Ok(value) if (least..=greatest).contains(&value) => Ok(value),
        Ok(_) | Err(NumberError::TooLarge) => {
            Err(Diagnostic::new(token.span, Code::OutOfRange { text: text(), least, greatest }))
        }
        Err(NumberError::NotANumber) => Err(Diagnostic::new(token.span, Code::Literal(text()))),
    }
}
