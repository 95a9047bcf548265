//! One line of the configuration: key, value, and where they stand.

use super::{ConfigError, LineError, Verify, digest};

/// What a line says something about.
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
    Seal,
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
        Self::Seal,
    ];

    /// The key as it stands in the file.
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
            Self::Seal => "seal",
        }
    }
}

/// A place in the file, counted from 1, columns in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    line: u32,
    column: u32,
}

impl Place {
    /// A fault at this place.
    pub(super) const fn fault(self, cause: LineError<'_>) -> ConfigError<'_> {
        ConfigError::Line { line: self.line, column: self.column, cause }
    }
}

/// The place of the character that follows `text`, which starts the file.
pub(super) fn place_behind(text: &str) -> Place {
    let last_line = text.rsplit('\n').next().unwrap_or_default();
    Place { line: count(text.split('\n')), column: count(last_line.chars()) + 1 }
}

/// A line that says something.
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
    /// `Ok(None)`: the line says nothing.
    fn parse(number: u32, whole: &'a str) -> Result<Option<Self>, ConfigError<'a>> {
        let line = trim(whole);
        let at = |part: &str, cause| Place { line: number, column: column(whole, part) }.fault(cause);
        if let Some(index) = whole.find(|c: char| c.is_control() && c != '\t') {
            let rest = whole.get(index..).unwrap_or_default(); // a slice that can't fail takes no code for a panic
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

    /// A fault of the key.
    pub(super) fn at_key(&self, cause: LineError<'a>) -> ConfigError<'a> {
        Place { line: self.number, column: column(self.whole, trim(self.whole)) }.fault(cause)
    }

    /// Whether the value is one that the key can have.
    pub(super) fn check_value(&self) -> Result<(), ConfigError<'a>> {
        let cause = match (self.key, self.value) {
            (Key::CommandLine, _) => return Ok(()),
            (key, "") => LineError::NoValue(key.name()),
            (Key::Seal, _) if self.number != 1 => LineError::SealNotFirst,
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
            (Key::Seal, value) if digest::parse::<32>(value).is_some() => return Ok(()),
            (Key::Seal | Key::Checksum, value) if digest::is_old_checksum(value) => LineError::OldChecksum,
            (Key::Seal, _) => LineError::NotDigits(digest::CHECKSUM_DIGITS),
            (Key::Checksum, value) if digest::split::<32>(value).is_some() => return Ok(()),
            (Key::Checksum, _) => LineError::NotADigest(digest::CHECKSUM_DIGITS),
            (Key::Sha256, value) if digest::split::<32>(value).is_some() => return Ok(()),
            (Key::Sha256, _) => LineError::NotADigest(digest::SHA256_DIGITS),
        };
        Err(Place { line: self.number, column: column(self.whole, self.value) }.fault(cause))
    }
}

/// The values of a key, in a text that has been parsed without a fault: looks only at lines that begin like it.
pub(super) fn values<'a>(text: &'a str, key: Key) -> impl Iterator<Item = &'a str> + Clone + use<'a> {
    let begins = move |line: &&str| trim(line).as_bytes().starts_with(key.name().as_bytes());
    let lines = text.split('\n').filter(begins).filter_map(|line| {
        let line = line.strip_suffix('\r').unwrap_or(line);
        Line::parse(0, line).ok().flatten()
    });
    lines.filter(move |line| line.key == key).map(|line| line.value)
}

/// The value that begins at this offset of the text, if it is the key's.
pub(super) fn value_at(text: &str, offset: usize, key: Key) -> Option<&str> {
    let (before, rest) = text.split_at_checked(offset)?;
    let (name, _) = before.rsplit('\n').next()?.split_once('=')?;
    if trim(name) != key.name() {
        return None;
    }
    let line = rest.split('\n').next()?;
    Some(trim(line.strip_suffix('\r').unwrap_or(line)))
}

/// The lines that say something, and the faults.
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

/// Without the spaces and tabs around it.
pub(super) fn trim(text: &str) -> &str {
    text.trim_matches([' ', '\t'])
}

/// Column, counted from 1, at which `part` begins in `whole`, of which it is a piece.
fn column(whole: &str, part: &str) -> u32 {
    let offset = part.as_ptr().addr().saturating_sub(whole.as_ptr().addr());
    count(whole.get(..offset).unwrap_or_default().chars()) + 1
}

/// How many there are. They fit: a configuration has at most [`super::MAX_SIZE`] bytes.
fn count(items: impl Iterator) -> u32 {
    items.fold(0, |count, _| count + 1)
}
