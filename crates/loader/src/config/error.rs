//! What can be wrong with a configuration.

use core::fmt;

use farjump_checksum::Checksum;

use super::MAX_SIZE;
use super::line::Key;

/// The first fault of a configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConfigError<'a> {
    /// This many bytes, more than [`MAX_SIZE`].
    TooLarge(usize),
    /// No line says which kernel.
    NoKernel,
    /// The seal is another one than that of what stands behind it, which has this one.
    Seal(Checksum),
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
    /// A key that there isn't.
    UnknownKey {
        /// As it stands in the file.
        key: &'a str,
        /// The key that was perhaps meant.
        nearest: Option<&'static str>,
    },
    /// A key that may stand only once stands twice.
    DuplicateKey {
        /// The key.
        key: &'static str,
        /// The line where it stands first.
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
    /// A seal or a checksum as an older farjump made it.
    OldChecksum,
    /// A seal in another line than the first.
    SealNotFirst,
}

impl<'a> LineError<'a> {
    /// The error for `key`, with the known key that is nearest, where one is near.
    pub(super) fn unknown_key(key: &'a str) -> Self {
        Self::UnknownKey { key, nearest: farjump_words::nearest(key, Key::ALL.map(Key::name)) }
    }
}

impl fmt::Display for ConfigError<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLarge(size) => write!(f, "{size} bytes, more than the {MAX_SIZE} that are read"),
            Self::NoKernel => f.write_str("no line says which kernel: add \"kernel = /path\""),
            Self::Seal(found) => {
                write!(
                    f,
                    "changed since it was sealed, its seal would be {found}: cargo xtask seal, or delete line 1"
                )
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
            Self::NotADigest(digits) => write!(f, "not {digits} hexadecimal digits, a blank and a path"),
            Self::OldChecksum => {
                f.write_str("a checksum of an older farjump's: cargo xtask seal makes today's")
            }
            Self::SealNotFirst => f.write_str("a seal belongs in line 1"),
        }
    }
}

impl core::error::Error for ConfigError<'_> {}
