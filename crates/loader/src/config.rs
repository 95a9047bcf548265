//! `farjump.conf`: which kernel is booted, with what.
//!
//! ```text
//! # a comment, on a line of its own: a command line may hold a '#'
//! kernel  = /kernel.elf             needed, once
//! cmdline = log=info root=/         once; may be empty
//! module  = /modules/greeter.so     any number
//! quiet   = yes                     once; yes or no
//! verify  = checksum                once; none, checksum or sha256
//! checksum = DIGITS /kernel.elf     any number: what the file's checksum must be
//! sha256  = DIGITS /kernel.elf      the same, of its hash
//! counter = 3                       once: how often this set was signed anew
//! ```
//!
//! The first line may be `seal = DIGITS`: the checksum of all that stands behind that line. A change of a sealed
//! configuration is an error; docs/verification.md says how an edited one is sealed again.
//!
//! UTF-8, a byte order mark is skipped; lines end in LF or CR LF; spaces and tabs around key and value
//! don't count. Refuses whatever isn't of this form, with its line and column: a typing error shouldn't
//! boot a machine in another way than was meant.

mod digest;
mod error;
mod index;
mod line;

pub use error::{ConfigError, LineError};
pub use index::IndexSlots;

use farjump_checksum::Checksum;
use index::{DigestIndex, IndexBuilder};
use line::{Key, Line, Lines};

/// Where the configuration stands on the boot volume.
pub const PATH: &str = "/farjump.conf";

/// Most bytes that a configuration may have. More than this is no configuration.
pub const MAX_SIZE: usize = 64 << 10;

/// A configuration without faults. It borrows the file's text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Config<'a> {
    /// Path of the kernel.
    pub kernel: &'a str,
    /// The kernel's command line; empty where none is given.
    pub command_line: &'a str,
    /// Whether the loader keeps quiet about what goes well.
    pub quiet: bool,
    /// How kernel and modules are checked.
    pub verify: Verify,
    /// Whether the first line was a seal, which then was right.
    pub is_sealed: bool,
    /// How often this set was signed anew; zero where it isn't said.
    pub counter: u64,
    text: &'a str,
    /// Where there is none, digests are looked for in all lines.
    index: Option<DigestIndex<'a>>,
}

/// How kernel and modules are checked.
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
    /// The value that means this.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Checksum => "checksum",
            Self::Sha256 => "sha256",
        }
    }

    /// What the value means.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::None, Self::Checksum, Self::Sha256].into_iter().find(|verify| verify.name() == name)
    }
}

impl<'a> Config<'a> {
    /// The configuration in a file's bytes.
    ///
    /// # Errors
    /// The first fault, with its place.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, ConfigError<'a>> {
        Self::parse_into(bytes, None)
    }

    /// The same. The digests get an index in `slots`, so that looking up each of many takes a few steps.
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
            seen.take(&line).map_err(|cause| line.at_key(cause))?;
            line.check_value()?;
            if let (Some(index), Key::Checksum | Key::Sha256) = (&mut index, line.key) {
                index.add(text, line.value);
            }
        }
        let value = |line: Option<Line<'a>>| line.map(|line| line.value);
        let kernel = value(seen.kernel).ok_or(ConfigError::NoKernel)?;
        if let Some(seal) = value(seen.seal) {
            check_seal(seal, text)?;
        }
        Ok(Self {
            kernel,
            command_line: value(seen.command_line).unwrap_or_default(),
            quiet: value(seen.quiet) == Some("yes"),
            verify: value(seen.verify).and_then(Verify::from_name).unwrap_or_default(),
            is_sealed: seen.seal.is_some(),
            counter: value(seen.counter).and_then(digest::number).unwrap_or_default(),
            text,
            index: index.map(IndexBuilder::finish),
        })
    }

    /// What the checksum of the file at `path` must be, where a line says so; the first such line counts.
    #[must_use]
    pub fn checksum_of(&self, path: &str) -> Option<Checksum> {
        self.digest_of(Key::Checksum, path).map(Checksum::from_bytes)
    }

    /// The same for the SHA-256 hash.
    #[must_use]
    pub fn sha256_of(&self, path: &str) -> Option<[u8; 32]> {
        self.digest_of(Key::Sha256, path)
    }

    /// The index has both keys' values.
    fn digest_of<const N: usize>(&self, key: Key, path: &str) -> Option<[u8; N]> {
        let of_path = |value| digest::split(value).filter(|(_, of)| of.eq_ignore_ascii_case(path));
        let found = match self.index {
            Some(index) => index.candidates(self.text, key, path).find_map(of_path),
            None => self.values(key).find_map(of_path),
        };
        found.map(|(bytes, _)| bytes)
    }

    /// Paths and SHA-256 hashes of all lines `sha256`, in the file's order, without those of the kernel's path: the
    /// hash of a kernel is only over what a loader reads of it.
    pub fn hashed_files(&self) -> impl Iterator<Item = (&'a str, [u8; 32])> + Clone + use<'a> {
        let kernel = self.kernel;
        let lines = self.values(Key::Sha256).filter_map(digest::split);
        lines.map(|(hash, path)| (path, hash)).filter(|(path, _)| !path.eq_ignore_ascii_case(kernel))
    }

    /// The paths of the modules, in the file's order.
    pub fn modules(&self) -> impl Iterator<Item = &'a str> + Clone + use<'a> {
        self.values(Key::Module)
    }

    fn values(&self, key: Key) -> impl Iterator<Item = &'a str> + Clone + use<'a> {
        line::values(self.text, key)
    }
}

/// The seal for a configuration: the checksum of its bytes, all of them but a first line with a seal.
#[must_use]
pub fn seal(unsealed: &[u8]) -> Checksum {
    Checksum::of(unsealed)
}

/// Whether what stands behind the first line has this seal.
fn check_seal(seal: &str, text: &str) -> Result<(), ConfigError<'static>> {
    let behind_line = text.bytes().position(|byte| byte == b'\n').map_or(text.len(), |end| end + 1);
    let found = self::seal(&text.as_bytes()[behind_line..]);
    if digest::parse(seal).map(Checksum::from_bytes) == Some(found) {
        Ok(())
    } else {
        Err(ConfigError::Seal(found))
    }
}

/// The lines of the keys that may stand only once.
#[derive(Default)]
struct Seen<'a> {
    kernel: Option<Line<'a>>,
    command_line: Option<Line<'a>>,
    quiet: Option<Line<'a>>,
    verify: Option<Line<'a>>,
    counter: Option<Line<'a>>,
    seal: Option<Line<'a>>,
}

impl<'a> Seen<'a> {
    /// Remembers `line`, unless its key has been seen.
    fn take(&mut self, line: &Line<'a>) -> Result<(), LineError<'a>> {
        let place = match line.key {
            Key::Kernel => &mut self.kernel,
            Key::CommandLine => &mut self.command_line,
            Key::Quiet => &mut self.quiet,
            Key::Verify => &mut self.verify,
            Key::Counter => &mut self.counter,
            Key::Seal => &mut self.seal,
            Key::Module | Key::Checksum | Key::Sha256 => return Ok(()),
        };
        match place.replace(*line) {
            None => Ok(()),
            Some(first) => Err(LineError::DuplicateKey { key: line.key.name(), first_line: first.number }),
        }
    }
}

/// The bytes as text, without a byte order mark.
fn text(bytes: &[u8]) -> Result<&str, ConfigError<'_>> {
    if bytes.len() > MAX_SIZE {
        return Err(ConfigError::TooLarge(bytes.len()));
    }
    let bytes = bytes.strip_prefix("\u{FEFF}".as_bytes()).unwrap_or(bytes);
    core::str::from_utf8(bytes).map_err(|error| {
        let (valid, rest) = bytes.split_at(error.valid_up_to());
        line::place_behind(core::str::from_utf8(valid).unwrap_or_default())
            .fault(LineError::NotUtf8(rest.first().copied().unwrap_or_default()))
    })
}

#[cfg(test)]
mod tests;
