//! `farjump.conf`, the configuration: the kernel, its command line and its modules.
//!
//! ```text
//! # a comment, on a line of its own: a command line may hold a '#'
//! kernel  = /kernel.elf             needed, once
//! cmdline = log=info root=/         once; may be empty
//! module  = /modules/greeter.so     any number
//! quiet   = yes                     once; yes or no
//! verify  = checksum                once; none, checksum or sha256
//! checksum = DIGITS /kernel.elf     any number: the checksum that the file must have
//! sha256  = DIGITS /kernel.elf      the same for its hash
//! counter = 3                       once: the release that was signed
//! ```
//!
//! The first line may be the config checksum, `seal = DIGITS`: the checksum of everything after that line. If it doesn't
//! match, the configuration is rejected; docs/verification.md explains how to update it after an edit.
//!
//! The file is UTF-8; a byte order mark is skipped. Lines end in LF or CR LF. Spaces and tabs around keys and values are
//! ignored. Everything else is an error with a line and a column: a typing error must not change how a machine boots.

mod digest;
mod error;
mod index;
mod line;

pub use error::{ConfigError, LineError};
pub use index::IndexSlots;

use farjump_checksum::Checksum;
use index::{DigestIndex, IndexBuilder};
use line::{Key, Line, Lines};

/// Path of the configuration on the boot volume.
pub const PATH: &str = "/farjump.conf";

/// The maximum size of a configuration in bytes.
pub const MAX_SIZE: usize = 64 << 10;

/// A valid configuration. It borrows the file's text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Config<'a> {
    /// Path of the kernel.
    pub kernel: &'a str,
    /// The kernel's command line; empty if there is none.
    pub command_line: &'a str,
    /// Whether the loader prints only errors.
    pub quiet: bool,
    /// How the kernel and the modules are verified.
    pub verify: Verify,
    /// Whether the first line was the config checksum, which then matched.
    pub has_checksum: bool,
    /// The release that was signed; zero if there is no such line.
    pub counter: u64,
    text: &'a str,
    /// Without an index, digests are searched in all lines.
    index: Option<DigestIndex<'a>>,
}

/// How the kernel and the modules are verified.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Verify {
    /// Not at all.
    None,
    /// By their checksums.
    #[default]
    Checksum,
    /// By their SHA-256 hashes.
    Sha256,
}

impl Verify {
    /// Returns the value of the key `verify`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Checksum => "checksum",
            Self::Sha256 => "sha256",
        }
    }

    /// Parses a value of the key `verify`.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::None, Self::Checksum, Self::Sha256].into_iter().find(|verify| verify.name() == name)
    }
}

impl<'a> Config<'a> {
    /// Parses a file's bytes.
    ///
    /// # Errors
    /// The first error in the file, with its position.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, ConfigError<'a>> {
        Self::parse_into(bytes, None)
    }

    /// Parses a file's bytes. The digests get an index in `slots`, which makes looking up many of them fast.
    ///
    /// # Errors
    /// As [`Self::parse`].
    pub fn parse_indexed(bytes: &'a [u8], slots: &'a mut IndexSlots) -> Result<Self, ConfigError<'a>> {
        Self::parse_into(bytes, Some(IndexBuilder::new(slots)))
    }

    fn parse_into(bytes: &'a [u8], mut index: Option<IndexBuilder<'a>>) -> Result<Self, ConfigError<'a>> {
        let text = text(bytes)?;
        let mut seen = Seen::default();
        for line in Lines::new(text) {
            let line = line?;
            seen.insert(&line).map_err(|cause| line.at_key(cause))?;
            line.check_value()?;
            if let (Some(index), Key::Checksum | Key::Sha256) = (&mut index, line.key) {
                index.add(text, line.value);
            }
        }
        let value = |line: Option<Line<'a>>| line.map(|line| line.value);
        let kernel = value(seen.kernel).ok_or(ConfigError::NoKernel)?;
        if let Some(stated) = value(seen.config_checksum) {
            check_checksum(stated, text)?;
        }
        Ok(Self {
            kernel,
            command_line: value(seen.command_line).unwrap_or_default(),
            quiet: value(seen.quiet) == Some("yes"),
            verify: value(seen.verify).and_then(Verify::from_name).unwrap_or_default(),
            has_checksum: seen.config_checksum.is_some(),
            counter: value(seen.counter).and_then(digest::number).unwrap_or_default(),
            text,
            index: index.map(IndexBuilder::finish),
        })
    }

    /// Returns the checksum that the file at `path` must have, if there is a line with it; the first such line counts.
    #[must_use]
    pub fn checksum_of(&self, path: &str) -> Option<Checksum> {
        self.digest_of(Key::Checksum, path).map(Checksum::from_bytes)
    }

    /// Returns the SHA-256 hash that the file at `path` must have, if there is a line with it; the first such line counts.
    #[must_use]
    pub fn sha256_of(&self, path: &str) -> Option<[u8; 32]> {
        self.digest_of(Key::Sha256, path)
    }

    /// Looks a digest up in the index, which contains the values of both keys.
    fn digest_of<const N: usize>(&self, key: Key, path: &str) -> Option<[u8; N]> {
        let of_path = |value| digest::split(value).filter(|(_, of)| of.eq_ignore_ascii_case(path));
        let found = match self.index {
            Some(index) => index.candidates(self.text, key, path).find_map(of_path),
            None => self.values(key).find_map(of_path),
        };
        found.map(|(bytes, _)| bytes)
    }

    /// Returns the paths and SHA-256 hashes of all lines `sha256`, in the file's order. The kernel is left out, because its
    /// hash covers only the parts that a loader reads.
    pub fn hashed_files(&self) -> impl Iterator<Item = (&'a str, [u8; 32])> + Clone + use<'a> {
        let kernel = self.kernel;
        let lines = self.values(Key::Sha256).filter_map(digest::split);
        lines.map(|(hash, path)| (path, hash)).filter(|(path, _)| !path.eq_ignore_ascii_case(kernel))
    }

    /// Returns the paths of the modules, in the file's order.
    pub fn modules(&self) -> impl Iterator<Item = &'a str> + Clone + use<'a> {
        self.values(Key::Module)
    }

    fn values(&self, key: Key) -> impl Iterator<Item = &'a str> + Clone + use<'a> {
        line::values(self.text, key)
    }
}

/// Returns the config checksum of a configuration, whose bytes must not include the line with the checksum.
#[must_use]
pub fn checksum(body: &[u8]) -> Checksum {
    Checksum::of(body)
}

/// Compares the checksum in the first line with that of everything after it.
fn check_checksum(stated: &str, text: &str) -> Result<(), ConfigError<'static>> {
    let body_start = text.bytes().position(|byte| byte == b'\n').map_or(text.len(), |end| end + 1);
    let found = checksum(&text.as_bytes()[body_start..]);
    if digest::parse(stated).map(Checksum::from_bytes) == Some(found) {
        Ok(())
    } else {
        Err(ConfigError::Checksum(found))
    }
}

/// The lines of the keys that may occur only once.
#[derive(Default)]
struct Seen<'a> {
    kernel: Option<Line<'a>>,
    command_line: Option<Line<'a>>,
    quiet: Option<Line<'a>>,
    verify: Option<Line<'a>>,
    counter: Option<Line<'a>>,
    config_checksum: Option<Line<'a>>,
}

impl<'a> Seen<'a> {
    /// Stores `line`. A second line with the same key is an error.
    fn insert(&mut self, line: &Line<'a>) -> Result<(), LineError<'a>> {
        let slot = match line.key {
            Key::Kernel => &mut self.kernel,
            Key::CommandLine => &mut self.command_line,
            Key::Quiet => &mut self.quiet,
            Key::Verify => &mut self.verify,
            Key::Counter => &mut self.counter,
            Key::ConfigChecksum => &mut self.config_checksum,
            Key::Module | Key::Checksum | Key::Sha256 => return Ok(()),
        };
        match slot.replace(*line) {
            None => Ok(()),
            Some(first) => Err(LineError::DuplicateKey { key: line.key.name(), first_line: first.number }),
        }
    }
}

/// Returns the bytes as text, without a byte order mark.
fn text(bytes: &[u8]) -> Result<&str, ConfigError<'_>> {
    if bytes.len() > MAX_SIZE {
        return Err(ConfigError::TooLarge(bytes.len()));
    }
    let bytes = bytes.strip_prefix("\u{FEFF}".as_bytes()).unwrap_or(bytes);
    core::str::from_utf8(bytes).map_err(|error| {
        let (valid, rest) = bytes.split_at(error.valid_up_to());
        line::position_after(core::str::from_utf8(valid).unwrap_or_default())
            .error(LineError::NotUtf8(rest.first().copied().unwrap_or_default()))
    })
}

#[cfg(test)]
mod tests;
