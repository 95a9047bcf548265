//! Errors in a configuration.

use core::fmt;

use farjump_checksum::Checksum;

use super::MAX_SIZE;
use super::line::Key;

/// The first error in a configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConfigError<'a> {
    /// It has this many bytes, more than [`MAX_SIZE`].
    TooLarge(usize),
    /// There is no line with a kernel.
    NoKernel,
    /// The config checksum doesn't match; the bytes after line 1 have this one.
    Checksum(Checksum),
    /// Something is wrong with a line.
    Line {
        /// The line, counted from 1.
        line: u32,
        /// The column in characters, counted from 1.
        column: u32,
        /// What is wrong there.
        cause: LineError<'a>,
    },
}

/// What is wrong with a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineError<'a> {
    /// A byte that isn't UTF-8.
    NotUtf8(u8),
    /// A control character other than tab and line end.
    ControlCharacter(char),
    /// Not of the form `key = value`.
    NoEquals,
    /// An unknown key.
    UnknownKey {
        /// The key in the file.
        key: &'a str,
        /// The key that was perhaps meant.
        nearest: Option<&'static str>,
    },
    /// A key that may occur only once occurs again.
    DuplicateKey {
        /// The key.
        key: &'static str,
        /// The line where it occurs first.
        first_line: u32,
    },
    /// This key needs a value.
    NoValue(&'static str),
    /// A path that doesn't begin with a slash.
    RelativePath(&'a str),
    /// Neither `yes` nor `no`.
    NotYesOrNo(&'a str),
    /// None of the values of `verify`.
    NotAWayToVerify(&'a str),
    /// Not a number.
    NotANumber(&'a str),
    /// Not this many hexadecimal digits.
    NotDigits(usize),
    /// Not this many hexadecimal digits and a path.
    NotADigest(usize),
    /// A checksum in the format of an older farjump.
    OldChecksum,
    /// A config checksum that isn't in the first line.
    ChecksumNotFirst,
}

impl<'a> LineError<'a> {
    /// Returns the error for `key`, with a known key that is similar, if there is one.
    pub(super) fn unknown_key(key: &'a str) -> Self {
        Self::UnknownKey { key, nearest: farjump_words::nearest(key, Key::ALL.map(Key::name)) }
    }
}

impl fmt::Display for ConfigError<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLarge(size) => write!(f, "{size} bytes, more than the {MAX_SIZE} that are read"),
            Self::NoKernel => f.write_str("no line says which kernel: add \"kernel = /path\""),
            Self::Checksum(found) => {
                write!(f, "checksum mismatch, line 1 should have {found}: cargo xtask seal, or delete line 1")
            }
            Self::Line { line, column, cause } => write!(f, "line {line}, column {column}: {cause}"),
        }
    }
}

impl fmt::Display for LineError<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::NotUtf8(byte) => write!(f, "byte {byte:#04x} isn't UTF-8: save the file as UTF-8"),
            Self::ControlCharacter(c) => write!(f, "control character U+{:04X}", u32::from(c)),
            Self::NoEquals => f.write_str("not of the form \"key = value\""),
            Self::UnknownKey { key, nearest: Some(nearest) } => {
                write!(f, "unknown key \"{key}\" (did you mean \"{nearest}\"?)")
            }
            Self::UnknownKey { key, nearest: None } => {
                write!(f, "unknown key \"{key}\" (known:")?;
                Key::ALL.iter().try_for_each(|known| write!(f, " {}", known.name()))?;
                f.write_str(")")
            }
            Self::DuplicateKey { key, first_line } => {
                write!(f, "second \"{key}\", the first is in line {first_line}")
            }
            Self::NoValue(key) => write!(f, "\"{key}\" needs a value"),
            Self::RelativePath(path) => write!(f, "path \"{path}\" doesn't begin with \"/\""),
            Self::NotYesOrNo(value) => write!(f, "\"{value}\" is neither \"yes\" nor \"no\""),
            Self::NotAWayToVerify(value) => {
                write!(f, "\"{value}\" is none of \"none\", \"checksum\" and \"sha256\"")
            }
            Self::NotANumber(value) => write!(f, "\"{value}\" isn't a number"),
            Self::NotDigits(digits) => write!(f, "not {digits} hexadecimal digits"),
            Self::NotADigest(digits) => write!(f, "not {digits} hexadecimal digits, a space and a path"),
            Self::OldChecksum => {
                f.write_str("a checksum of an older farjump's: cargo xtask seal makes today's")
            }
            Self::ChecksumNotFirst => f.write_str("the config checksum belongs in line 1"),
        }
    }
}

impl core::error::Error for ConfigError<'_> {}
