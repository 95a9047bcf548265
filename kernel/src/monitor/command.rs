//! What a command is, and what can be wrong with one.

use core::fmt;

use farjump_words::number::{self, NumberError};
use farjump_words::words::LineError;

use super::Monitor;
use crate::fault::AddressClass;
use crate::memory::access::AccessError;
use crate::println;

/// A command.
#[derive(Debug, Clone, Copy)]
pub struct Command {
    /// The word to type.
    pub name: &'static str,
    /// The words after it, as `help` shows them; how many there may be is read from here: `ADDRESS [COUNT]`.
    pub synopsis: &'static str,
    /// One line: what it does.
    pub help: &'static str,
    /// Does it, with the words after the name.
    pub run: Run,
}

/// What a command does: the monitor that it was typed at, and the words after its name, as many as its synopsis allows.
pub type Run = for<'a> fn(&Monitor, &[&'a str]) -> Result<(), CommandError<'a>>;

/// Why a command wasn't done.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub enum CommandError<'a> {
    /// The line has no words.
    Line(LineError),
    /// Other words are needed: the usage is shown.
    Usage,
    /// This is no number.
    Number(&'a str, NumberError),
    /// One of a fixed set of words was needed: what it is, the word that was typed, and the word that it is near.
    Unknown {
        /// What the word was to be.
        what: &'static str,
        /// The word.
        word: &'a str,
        /// The one that was perhaps meant.
        nearest: Option<&'static str>,
    },
    /// A byte can't be read or written.
    Access(AccessError),
    /// It can't be done; the text is the whole message.
    Rejected(&'static str),
    /// The command has said what went wrong.
    Reported,
}

impl<'a> CommandError<'a> {
    /// Returns that `word` is no `what`; `known` are those that there are.
    #[must_use]
    pub fn unknown(what: &'static str, word: &'a str, known: impl IntoIterator<Item = &'static str>) -> Self {
        Self::Unknown { what, word, nearest: farjump_words::nearest(word, known) }
    }

    /// Prints what is wrong with `subject`, a path or a name that was typed.
    #[must_use]
    pub fn about(subject: &str, cause: impl fmt::Display) -> Self {
        Self::reported(format_args!("{subject}: {cause}"))
    }

    /// Prints any other fault.
    #[must_use]
    pub fn reported(cause: impl fmt::Display) -> Self {
        println!("{cause}");
        Self::Reported
    }
}

/// Reads a number: decimal, or hexadecimal after `0x`.
///
/// # Errors
/// [`CommandError::Number`]: it is none, or too large.
pub fn number(word: &str) -> Result<u64, CommandError<'_>> {
    number::parse(word).map_err(|error| CommandError::Number(word, error))
}

impl fmt::Display for CommandError<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Line(error) => error.fmt(f),
            Self::Usage => f.write_str("other words are needed"),
            Self::Number(word, error) => write!(f, "{word:?}: {error}"),
            Self::Unknown { what, word, nearest: Some(nearest) } => {
                write!(f, "there is no {what} {word:?}; did you mean {nearest:?}?")
            }
            Self::Unknown { what, word, nearest: None } => write!(f, "there is no {what} {word:?}"),
            Self::Access(AccessError::InUse(address)) => {
                let place = AddressClass::of(address);
                write!(f, "{address:#x} is {place}: only free memory and the screen can be written")
            }
            Self::Access(error) => error.fmt(f),
            Self::Rejected(why) => f.write_str(why),
            Self::Reported => f.write_str("failed"),
        }
    }
}
