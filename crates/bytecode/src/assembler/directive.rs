//! `.name`, `.priority`, `.arrival` and `.format`, which come before the code.

use super::Assembler;
use super::diagnostic::{Code, Diagnostic};
use super::operand::value;
use super::token::Token;
use crate::program::{Format, is_name};

/// All directives.
const NAMES: [&str; 4] = ["name", "priority", "arrival", "format"];

/// What directives say.
#[derive(Debug, Default)]
pub(super) struct Head<'a> {
    pub(super) name: Option<&'a str>,
    pub(super) priority: Option<u8>,
    pub(super) arrival: Option<u32>,
    format: Option<Format>,
}

impl Head<'_> {
    /// Format 1 where nothing is said.
    pub(super) fn format(&self) -> Format {
        self.format.unwrap_or(Format::Full)
    }

    /// Returns whether a directive has been there.
    fn has(&self, directive: &str) -> bool {
        match directive {
            "name" => self.name.is_some(),
            "priority" => self.priority.is_some(),
            "arrival" => self.arrival.is_some(),
            _ => self.format.is_some(),
        }
    }

    /// Returns whether a header is wanted, which format 0 doesn't have.
    fn needs_header(&self) -> bool {
        self.name.is_some() || self.priority.is_some() || self.arrival.is_some()
    }
}

impl<'a> Assembler<'a> {
    pub(super) fn directive(&mut self, name: &str, token: Token<'a>, operands: &[Token<'a>]) {
        let Some(known) = NAMES.into_iter().find(|known| known.eq_ignore_ascii_case(name)) else {
            let nearest = farjump_words::nearest(name, NAMES);
            return self.error(token.span, Code::UnknownDirective(name.into(), nearest));
        };
        if !self.statements.is_empty() {
            return self.error(token.span, Code::DirectiveAfterCode(known));
        }
        if self.head.has(known) {
            return self.error(token.span, Code::DuplicateDirective(known));
        }
        match operands {
            [] => self.error(token.span, Code::MissingOperand(known)),
            [operand] => {
                if let Err(error) = self.set(known, operand) {
                    self.errors.push(error);
                }
            }
            [_, extra, ..] => self.error(extra.span, Code::ExtraDirectiveOperand(known)),
        }
        if self.head.format() == Format::Raw && self.head.needs_header() {
            self.error(token.span, Code::NoHeader(known));
        }
    }

    fn set(&mut self, directive: &str, operand: &Token<'a>) -> Result<(), Diagnostic> {
        match directive {
            "name" => self.head.name = Some(program_name(operand)?),
            "priority" => self.head.priority = u8::try_from(value(operand, (0, u8::MAX.into()))?).ok(),
            "arrival" => self.head.arrival = u32::try_from(value(operand, (0, u32::MAX.into()))?).ok(),
            _ => {
                let is_raw = value(operand, (0, 1))? == 0;
                self.head.format = Some(if is_raw { Format::Raw } else { Format::Full });
            }
        }
        Ok(())
    }
}

/// Returns a name, with or without quotes.
fn program_name<'a>(token: &Token<'a>) -> Result<&'a str, Diagnostic> {
    let quoted = token.text.strip_prefix('"').map(|rest| rest.strip_suffix('"').unwrap_or("\""));
    let name = quoted.unwrap_or(token.text);
    if is_name(name) { Ok(name) } else { Err(Diagnostic::new(token.span, Code::ProgramName(name.into()))) }
}
