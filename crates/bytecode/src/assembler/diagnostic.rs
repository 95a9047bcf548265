//! What is wrong with a source, and how it is shown.

use alloc::string::String;
use core::fmt;

use super::token::Span;
use crate::instruction::Opcode;
use crate::program::{MAX_CODE, MAX_NAME};

/// An error or a warning about a position in a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// The line, counted from 1.
    pub line: usize,
    /// The column, counted from 1, in characters.
    pub column: usize,
    /// Characters that are meant.
    pub width: usize,
    /// What.
    pub code: Code,
}

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    /// There is no program.
    Error,
    /// There is one.
    Warning,
}

/// What can be said.
#[expect(missing_docs, reason = "each variant's message stands below")]
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Code {
    NotUtf8,
    UnknownMnemonic(String, Option<&'static str>),
    UnknownDirective(String, Option<&'static str>),
    DirectiveAfterCode(&'static str),
    DuplicateDirective(&'static str),
    ExtraDirectiveOperand(&'static str),
    MissingOperand(&'static str),
    ExtraOperand { opcode: Opcode, of_format: bool },
    OutOfRange { text: String, least: i64, greatest: i64 },
    Literal(String),
    LabelName(String),
    LabelIsMnemonic(String),
    DuplicateLabel { name: String, first_line: usize },
    UndefinedLabel(String, Option<String>),
    TooFar,
    JumpTarget(i64),
    Empty,
    TooLong,
    ProgramName(String),
    NoHeader(&'static str),
    UnusedLabel(String),
    Unreached(&'static str),
    NoHalt,
}

impl Code {
    /// Returns a name that stays the same from version to version.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::NotUtf8 => "A01",
            Self::UnknownMnemonic(..) => "A02",
            Self::UnknownDirective(..) => "A03",
            Self::DirectiveAfterCode(_) => "A04",
            Self::DuplicateDirective(_) => "A05",
            Self::MissingOperand(_) => "A06",
            Self::ExtraOperand { .. } | Self::ExtraDirectiveOperand(_) => "A07",
            Self::OutOfRange { .. } => "A08",
            Self::Literal(_) => "A09",
            Self::LabelName(_) => "A10",
            Self::LabelIsMnemonic(_) => "A11",
            Self::DuplicateLabel { .. } => "A12",
            Self::UndefinedLabel(..) => "A13",
            Self::TooFar => "A14",
            Self::JumpTarget(_) => "A15",
            Self::Empty => "A16",
            Self::TooLong => "A17",
            Self::ProgramName(_) => "A18",
            Self::NoHeader(_) => "A19",
            Self::UnusedLabel(_) => "W01",
            Self::Unreached(_) => "W02",
            Self::NoHalt => "W03",
        }
    }

    /// Returns whether there is a program despite it.
    #[must_use]
    pub const fn severity(&self) -> Severity {
        match self {
            Self::UnusedLabel(_) | Self::Unreached(_) | Self::NoHalt => Severity::Warning,
            _ => Severity::Error,
        }
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotUtf8 => f.write_str("this byte isn't UTF-8; save the source as UTF-8 or ASCII"),
            Self::UnknownMnemonic(name, nearest) => unknown(f, "instruction", "", name, *nearest),
            Self::UnknownDirective(name, nearest) => unknown(f, "directive", ".", name, *nearest),
            Self::DirectiveAfterCode(name) => write!(f, "`.{name}` comes before the first instruction"),
            Self::DuplicateDirective(name) => write!(f, "`.{name}` stands here a second time"),
            Self::MissingOperand(name) => write!(f, "`{name}` needs an operand"),
            Self::ExtraOperand { opcode, of_format: true } => {
                write!(f, "`{}` has no operand in format 0", opcode.mnemonic())
            }
            Self::ExtraOperand { opcode, .. } => write!(f, "too many operands for `{}`", opcode.mnemonic()),
            Self::ExtraDirectiveOperand(name) => {
                write!(f, "`.{name}` has one operand; quote a name with spaces")
            }
            Self::OutOfRange { text, least, greatest } => {
                write!(f, "{} is out of range: {least} to {greatest}", Quoted(text))
            }
            Self::Literal(text) => {
                write!(f, "{} is no number; numbers are 17, -17, 0x11, 0b10001 or 'a'", Quoted(text))
            }
            Self::LabelName(name) => {
                write!(f, "{} can't be a label: letters, digits and _, and no digit first", Quoted(name))
            }
            Self::LabelIsMnemonic(name) => write!(f, "`{name}` is an instruction, and can't be a label"),
            Self::DuplicateLabel { name, first_line } => {
                write!(f, "the label `{name}` stands on line {first_line} too")
            }
            Self::UndefinedLabel(name, nearest) => unknown(f, "label", "", name, nearest.as_deref()),
            Self::TooFar => f.write_str("too far: a jump reaches 32767 bytes forward and 32768 back"),
            Self::JumpTarget(target) => {
                write!(f, "jumps to offset {target} of the code, where no instruction begins")
            }
            Self::Empty => f.write_str("there is no instruction; a program has one at least"),
            Self::TooLong => write!(f, "the code is longer than {MAX_CODE} bytes from here on"),
            Self::ProgramName(name) => write!(
                f,
                "{} can't be a name: {MAX_NAME} bytes at most, no control characters, no quotes in it",
                Quoted(name)
            ),
            Self::NoHeader(name) => write!(f, "`.{name}`: format 0 has no name, priority and arrival"),
            Self::UnusedLabel(name) => write!(f, "nothing jumps to `{name}`"),
            Self::Unreached(before) => write!(f, "is never run: it follows {before}, and nothing jumps here"),
            Self::NoHalt => f.write_str("the program never halts"),
        }
    }
}

fn unknown(
    f: &mut fmt::Formatter<'_>,
    what: &str,
    prefix: &str,
    name: &str,
    nearest: Option<&str>,
) -> fmt::Result {
    write!(f, "there is no {what} {}", Quoted(name))?;
    match nearest {
        Some(nearest) => write!(f, "; the nearest is `{prefix}{nearest}`"),
        None => Ok(()),
    }
}

/// Text out of a source, on one line and not too long.
struct Quoted<'a>(&'a str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const MOST: usize = 40;
        let end = if self.0.chars().count() > MOST { "..." } else { "" };
        f.write_str("`")?;
        self.0.chars().take(MOST).try_for_each(|letter| fmt::Write::write_char(f, printable(letter)))?;
        write!(f, "{end}`")
    }
}

/// A terminal must not take a source for orders.
fn printable(letter: char) -> char {
    if letter.is_control() { char::REPLACEMENT_CHARACTER } else { letter }
}

impl Diagnostic {
    pub(super) fn new(span: Span, code: Code) -> Self {
        let Span { line, column, width } = span;
        Self { line, column, width, code }
    }

    /// Returns the message with its place, and the source's line under it.
    #[must_use]
    pub fn in_file<'a>(&'a self, file: &'a str, source: &'a [u8]) -> InFile<'a> {
        InFile { diagnostic: self, file, source }
    }
}

/// A diagnostic as people read it.
#[derive(Debug)]
pub struct InFile<'a> {
    diagnostic: &'a Diagnostic,
    file: &'a str,
    source: &'a [u8],
}

impl fmt::Display for InFile<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Diagnostic { line, column, width, code } = self.diagnostic;
        let severity = match code.severity() {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        writeln!(f, "{}:{line}:{column}: {severity}[{}]: {code}", self.file, code.name())?;
        let source = String::from_utf8_lossy(self.source);
        let source = source.strip_prefix('\u{FEFF}').unwrap_or(&source);
        let text = source.lines().nth(line - 1).unwrap_or_default();
        // Tabs stay, so that the carets stand below what they mean.
        let shown = |letter: char| if letter == '\t' { letter } else { printable(letter) };
        writeln!(f, "{line:5} | {}", text.chars().map(shown).collect::<String>())?;
        let padding = |letter: char| if letter == '\t' { letter } else { ' ' };
        let indent: String = text.chars().take(column - 1).map(padding).collect();
        write!(f, "      | {indent}{}", "^".repeat(*width))
    }
}
