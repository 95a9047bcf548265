//! From text to a program.
//!
//! ```text
//! ; comments begin with a semicolon or a #
//! .name counter           ; directives come first: .name .priority .arrival .format
//! .priority 3
//!         PUSH 5          ; one instruction a line, mnemonics in any case
//! again:  DUP             ; a label stands in front of an instruction, or on a line of its own
//!         PRINT
//!         PUSH 1          ; 17, -17, 0x11, 0b1_0001 and 'a' are numbers
//!         SUB
//!         DUP
//!         JNZ again       ; or a distance in bytes from the next instruction
//!         HALT
//! ```
//!
//! Assumes nothing about the text. Rejects it with up to [`MAX_DIAGNOSTICS`] errors, each with its position; then there is
//! no program.

mod check;
mod diagnostic;
mod directive;
mod number;
mod operand;
mod token;

#[cfg(test)]
mod tests;

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

pub use diagnostic::{Code, Diagnostic, Severity};

use crate::instruction::Opcode;
use crate::program::{Format, MAX_CODE, Program};
use directive::Head;
use operand::Operand;
use token::{Span, Token, tokens};

/// Errors that are collected; the rest of the source isn't looked at.
pub const MAX_DIAGNOSTICS: usize = 20;

/// A program, and the warnings for its source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assembled {
    /// What the source says.
    pub program: Program,
    /// Up to [`MAX_DIAGNOSTICS`].
    pub warnings: Vec<Diagnostic>,
}

/// Makes a program of a source.
///
/// # Errors
/// What is wrong, in the order of the source.
pub fn assemble(source: &[u8]) -> Result<Assembled, Vec<Diagnostic>> {
    let text = token::text(source).map_err(|error| Vec::from([error]))?;
    let mut assembler = Assembler::default();
    for (number, line) in (1..).zip(text.lines()) {
        assembler.line(number, line);
        if assembler.errors.len() >= MAX_DIAGNOSTICS {
            break;
        }
    }
    assembler.finish()
}

/// What is known of the lines so far.
#[derive(Debug, Default)]
struct Assembler<'a> {
    head: Head<'a>,
    statements: Vec<Statement<'a>>,
    labels: BTreeMap<&'a str, Label>,
    /// Bytes of code so far.
    code_len: usize,
    errors: Vec<Diagnostic>,
}

/// An instruction in the source.
#[derive(Debug)]
struct Statement<'a> {
    opcode: Opcode,
    operand: Operand<'a>,
    /// Where it is in the code.
    offset: usize,
    /// Its mnemonic.
    span: Span,
    /// Its operand; its mnemonic if there is none.
    operand_span: Span,
}

/// A place with a name.
#[derive(Debug, Clone, Copy)]
struct Label {
    offset: usize,
    span: Span,
}

impl<'a> Assembler<'a> {
    fn error(&mut self, span: Span, code: Code) {
        self.errors.push(Diagnostic::new(span, code));
    }

    fn line(&mut self, number: usize, line: &'a str) {
        let all = tokens(number, line);
        let mut rest = all.as_slice();
        while let Some((first, others)) = rest.split_first()
            && let Some(name) = first.text.strip_suffix(':')
        {
            self.label(name, first.span);
            rest = others;
        }
        let Some((first, operands)) = rest.split_first() else { return };
        match first.text.strip_prefix('.') {
            Some(name) => self.directive(name, *first, operands),
            None => self.instruction(*first, operands),
        }
    }

    fn label(&mut self, name: &'a str, span: Span) {
        if !token::is_label(name) {
            return self.error(span, Code::LabelName(name.into()));
        }
        if Opcode::from_mnemonic(name).is_some() {
            return self.error(span, Code::LabelIsMnemonic(name.into()));
        }
        if let Some(first) = self.labels.get(name) {
            let first_line = first.span.line;
            return self.error(span, Code::DuplicateLabel { name: name.into(), first_line });
        }
        self.labels.insert(name, Label { offset: self.code_len, span });
    }

    fn instruction(&mut self, mnemonic: Token<'a>, operands: &[Token<'a>]) {
        let Some(opcode) = Opcode::from_mnemonic(mnemonic.text) else {
            let names = Opcode::ALL.iter().map(|opcode| opcode.mnemonic());
            let nearest = farjump_words::nearest(mnemonic.text, names);
            return self.error(mnemonic.span, Code::UnknownMnemonic(mnemonic.text.into(), nearest));
        };
        let operand = operand::read(self.head.format(), opcode, mnemonic, operands);
        let (operand, operand_span) = operand.unwrap_or_else(|error| {
            self.errors.push(error);
            // Its size is right, so that later messages are too.
            (Operand::Value(0), mnemonic.span)
        });
        let offset = self.code_len;
        self.code_len += match self.head.format() {
            Format::Raw => 1,
            Format::Full => 1 + opcode.operand().size(),
        };
        if offset <= MAX_CODE && self.code_len > MAX_CODE {
            self.error(mnemonic.span, Code::TooLong);
        }
        self.statements.push(Statement { opcode, operand, offset, span: mnemonic.span, operand_span });
    }

    fn finish(mut self) -> Result<Assembled, Vec<Diagnostic>> {
        if self.statements.is_empty() && self.errors.is_empty() {
            self.error(Span::START, Code::Empty);
        }
        let code = self.encode();
        self.errors.sort_by_key(|error| (error.line, error.column));
        self.errors.truncate(MAX_DIAGNOSTICS);
        if !self.errors.is_empty() {
            return Err(self.errors);
        }
        let warnings = self.warnings();
        let Head { name, priority, arrival, .. } = self.head;
        let name = String::from(name.unwrap_or_default());
        let (priority, arrival) = (priority.unwrap_or_default(), arrival.unwrap_or_default());
        let program = Program::new(self.head.format(), name, priority, arrival, code);
        Ok(Assembled { program, warnings })
    }
}
