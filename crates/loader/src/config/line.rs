//! One line of the configuration: its key, its value and their position.

use super::{ConfigError, LineError, Verify, digest};

/// The key of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Key {
    Kernel,
    CommandLine,
    Module,
    Quiet,
    Verify,
    Checksum,
    Sha256,
    Counter,
    ConfigChecksum,
}

impl Key {
    pub(super) const ALL: [Self; 9] = [
        Self::Kernel,
        Self::CommandLine,
        Self::Module,
        Self::Quiet,
        Self::Verify,
        Self::Checksum,
        Self::Sha256,
        Self::Counter,
        Self::ConfigChecksum,
    ];

    /// Returns the key's name in the file.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Kernel => "kernel",
            Self::CommandLine => "cmdline",
            Self::Module => "module",
            Self::Quiet => "quiet",
            Self::Verify => "verify",
            Self::Checksum => "checksum",
            Self::Sha256 => "sha256",
            Self::Counter => "counter",
            Self::ConfigChecksum => "seal",
        }
    }
}

/// A position in the file. Lines and columns are counted from 1, columns in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TextPosition {
    line: u32,
    column: u32,
}

impl TextPosition {
    /// Returns an error at this position.
    pub(super) const fn error(self, cause: LineError<'_>) -> ConfigError<'_> {
        ConfigError::Line { line: self.line, column: self.column, cause }
    }
}

/// Returns the position of the character after `text`, which is the start of the file.
pub(super) fn position_after(text: &str) -> TextPosition {
    let last_line = text.rsplit('\n').next().unwrap_or_default();
    TextPosition { line: count(text.split('\n')), column: count(last_line.chars()) + 1 }
}

/// A line with a key and a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Line<'a> {
    /// Its number, counted from 1.
    pub(super) number: u32,
    pub(super) key: Key,
    /// Without white space around it.
    pub(super) value: &'a str,
    /// All of the line, without its end.
    whole: &'a str,
}

impl<'a> Line<'a> {
    /// Returns `Ok(None)` for an empty line and a comment.
    fn parse(number: u32, whole: &'a str) -> Result<Option<Self>, ConfigError<'a>> {
        let line = trim(whole);
        let at = |part: &str, cause| TextPosition { line: number, column: column(whole, part) }.error(cause);
        if let Some(index) = whole.find(|c: char| c.is_control() && c != '\t') {
            let rest = whole.get(index..).unwrap_or_default(); // `get` needs no code for a panic
            return Err(at(rest, LineError::ControlCharacter(rest.chars().next().unwrap_or_default())));
        }
        if line.is_empty() || line.starts_with('#') {
            return Ok(None);
        }
        let (name, value) = line.split_once('=').ok_or_else(|| at(line, LineError::NoEquals))?;
        let (name, value) = (trim(name), trim(value));
        match Key::ALL.into_iter().find(|key| key.name() == name) {
            Some(key) => Ok(Some(Self { number, key, value, whole })),
            None => Err(at(line, LineError::unknown_key(name))),
        }
    }

    /// Returns an error at the key.
    pub(super) fn at_key(&self, cause: LineError<'a>) -> ConfigError<'a> {
        TextPosition { line: self.number, column: column(self.whole, trim(self.whole)) }.error(cause)
    }

    /// Checks that the value is valid for the key.
    pub(super) fn check_value(&self) -> Result<(), ConfigError<'a>> {
        let cause = match (self.key, self.value) {
            (Key::CommandLine, _) => return Ok(()),
            (key, "") => LineError::NoValue(key.name()),
            (Key::ConfigChecksum, _) if self.number != 1 => LineError::ChecksumNotFirst,
            (Key::Kernel | Key::Module, path) => match path.strip_prefix('/') {
                Some(_) => return Ok(()),
                None => LineError::RelativePath(path),
            },
            (Key::Quiet, "yes" | "no") => return Ok(()),
            (Key::Quiet, value) => LineError::NotYesOrNo(value),
            (Key::Verify, value) if Verify::from_name(value).is_some() => return Ok(()),
            (Key::Verify, value) => LineError::NotAWayToVerify(value),
            (Key::Counter, value) if digest::number(value).is_some() => return Ok(()),
            (Key::Counter, value) => LineError::NotANumber(value),
            (Key::ConfigChecksum, value) if digest::parse::<32>(value).is_some() => return Ok(()),
            (Key::ConfigChecksum | Key::Checksum, value) if digest::is_old_checksum(value) => {
                LineError::OldChecksum
            }
            (Key::ConfigChecksum, _) => LineError::NotDigits(digest::CHECKSUM_DIGITS),
            (Key::Checksum, value) if digest::split::<32>(value).is_some() => return Ok(()),
            (Key::Checksum, _) => LineError::NotADigest(digest::CHECKSUM_DIGITS),
            (Key::Sha256, value) if digest::split::<32>(value).is_some() => return Ok(()),
            (Key::Sha256, _) => LineError::NotADigest(digest::SHA256_DIGITS),
        };
        Err(TextPosition { line: self.number, column: column(self.whole, self.value) }.error(cause))
    }
}

/// Returns the values of a key in a valid text. Parses only lines that begin with the key's name.
pub(super) fn values<'a>(text: &'a str, key: Key) -> impl Iterator<Item = &'a str> + Clone + use<'a> {
    let begins = move |line: &&str| trim(line).as_bytes().starts_with(key.name().as_bytes());
    let lines = text.split('\n').filter(begins).filter_map(|line| {
        let line = line.strip_suffix('\r').unwrap_or(line);
        Line::parse(0, line).ok().flatten()
    });
    lines.filter(move |line| line.key == key).map(|line| line.value)
}

/// Returns the value that begins at this offset of the text, if it belongs to the key.
pub(super) fn value_at(text: &str, offset: usize, key: Key) -> Option<&str> {
    let (before, rest) = text.split_at_checked(offset)?;
    let (name, _) = before.rsplit('\n').next()?.split_once('=')?;
    if trim(name) != key.name() {
        return None;
    }
    let line = rest.split('\n').next()?;
    Some(trim(line.strip_suffix('\r').unwrap_or(line)))
}

/// An iterator over the lines with a key, and the errors.
pub(super) struct Lines<'a> {
    lines: core::str::Split<'a, char>,
    number: u32,
}

impl<'a> Lines<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { lines: text.split('\n'), number: 0 }
    }
}

impl<'a> Iterator for Lines<'a> {
    type Item = Result<Line<'a>, ConfigError<'a>>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let line = self.lines.next()?;
            self.number += 1;
            let line = line.strip_suffix('\r').unwrap_or(line);
            if let Some(line) = Line::parse(self.number, line).transpose() {
                return Some(line);
            }
        }
    }
}

/// Removes spaces and tabs at both ends.
pub(super) fn trim(text: &str) -> &str {
    text.trim_matches([' ', '\t'])
}

/// Returns the column, counted from 1, at which `part`, a part of `whole`, begins in it.
fn column(whole: &str, part: &str) -> u32 {
    let offset = part.as_ptr().addr().saturating_sub(whole.as_ptr().addr());
    count(whole.get(..offset).unwrap_or_default().chars()) + 1
}

/// Counts the items. The number fits, because a configuration has at most [`super::MAX_SIZE`] bytes.
fn count(items: impl Iterator) -> u32 {
    items.fold(0, |count, _| count + 1)
}
