//! `farjump.conf`: which kernel is booted, with what.
//!
//! ```text
//! # a comment, on a line of its own: a command line may hold a '#'
//! kernel  = /kernel.elf             needed, once
//! cmdline = log=info root=/         once; may be empty
//! module  = /modules/greeter.so     any number
//! quiet   = yes                     once; yes or no
//! ```
//!
//! UTF-8, a byte order mark is skipped; lines end in LF or CR LF; spaces and tabs around key and value
//! don't count. Refuses whatever isn't of this form, with its line and column: a typing error shouldn't
//! boot a machine in another way than was meant.

mod error;
mod line;

pub use error::{ConfigError, LineError};

use line::{Key, Line, Lines};

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
    text: &'a str,
}

impl<'a> Config<'a> {
    /// The configuration in a file's bytes.
    ///
    /// # Errors
    /// The first fault, with its place.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, ConfigError<'a>> {
        let text = text(bytes)?;
        let mut seen = Seen::default();
        for line in Lines::new(text) {
            let line = line?;
            seen.take(&line).map_err(|cause| line.at_key(cause))?;
            line.check_value()?;
        }
        let value = |line: Option<Line<'a>>| line.map(|line| line.value);
        Ok(Self {
            kernel: value(seen.kernel).ok_or(ConfigError::NoKernel)?,
            command_line: value(seen.command_line).unwrap_or_default(),
            quiet: value(seen.quiet) == Some("yes"),
            text,
        })
    }

    /// The paths of the modules, in the file's order.
    pub fn modules(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        let lines = Lines::new(self.text).flatten();
        lines.filter(|line| line.key == Key::Module).map(|line| line.value)
    }
}

/// The lines of the keys that may stand only once.
#[derive(Default)]
struct Seen<'a> {
    kernel: Option<Line<'a>>,
    command_line: Option<Line<'a>>,
    quiet: Option<Line<'a>>,
}

impl<'a> Seen<'a> {
    /// Remembers `line`, unless its key has been seen.
    fn take(&mut self, line: &Line<'a>) -> Result<(), LineError<'a>> {
        let place = match line.key {
            Key::Kernel => &mut self.kernel,
            Key::CommandLine => &mut self.command_line,
            Key::Quiet => &mut self.quiet,
            Key::Module => return Ok(()),
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
