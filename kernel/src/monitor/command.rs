//! What a command is, the table of all, and what can be wrong with one.
//!
//! To add a command, add a row to a subject's `COMMANDS`; to add a subject, a file and its line in [`SUBJECTS`].

use core::fmt;

use farjump_words::number::{self, NumberError};
use farjump_words::synopsis;
use farjump_words::words::{CommandWords, LineError};

use super::{
    boot, bytes, cpu, disk, fault, help, interrupts, log_level, memory, modules, power, threads, time,
};
use crate::fault::Place;
use crate::memory::access::AccessError;
use crate::println;

/// A command.
pub(super) struct Command {
    /// What one types.
    pub(super) name: &'static str,
    /// The words behind it, as `help` shows them; how many there may be is read from here: `ADDRESS [COUNT]`.
    pub(super) synopsis: &'static str,
    /// One line: what it does.
    pub(super) help: &'static str,
    /// Does it, with the words behind the name.
    pub(super) run: for<'a> fn(&[&'a str]) -> Result<(), CommandError<'a>>,
}

/// All commands, by subject, in the order in which `help` shows them.
const SUBJECTS: &[&[Command]] = &[
    help::COMMANDS,
    boot::COMMANDS,
    cpu::COMMANDS,
    memory::COMMANDS,
    bytes::COMMANDS,
    modules::COMMANDS,
    interrupts::COMMANDS,
    time::COMMANDS,
    disk::COMMANDS,
    log_level::COMMANDS,
    threads::COMMANDS,
    fault::COMMANDS,
    power::COMMANDS,
];

/// Every command.
pub(super) fn all() -> impl Iterator<Item = &'static Command> {
    SUBJECTS.iter().copied().flatten()
}

/// The command of this name.
pub(super) fn find(name: &str) -> Result<&'static Command, CommandError<'_>> {
    let unknown = || CommandError::unknown("command", name, all().map(|command| command.name));
    all().find(|command| command.name == name).ok_or_else(unknown)
}

/// Does what a line says, and says what is wrong with it. True if nothing was.
pub(super) fn execute(line: &str) -> bool {
    let words = match CommandWords::parse(line) {
        Ok(words) => words,
        Err(error) => {
            println!("{}", CommandError::Line(error));
            return false;
        }
    };
    let Some((&name, arguments)) = words.get().split_first() else { return true };
    let command = match find(name) {
        Ok(command) => command,
        Err(error) => {
            println!("{error}; `help` lists all");
            return false;
        }
    };
    let result = if synopsis::takes(command.synopsis, arguments.len()) {
        (command.run)(arguments)
    } else {
        Err(CommandError::Usage)
    };
    match result {
        Ok(()) => return true,
        Err(CommandError::Reported) => {}
        Err(CommandError::Usage) => println!("usage: {name} {}", command.synopsis),
        Err(error) => {
            println!("{name}: {error}");
            if let CommandError::Unknown { nearest: None, .. } = error {
                println!("usage: {name} {}: {}", command.synopsis, command.help);
            }
        }
    }
    false
}

/// Why a command wasn't done.
#[derive(Debug, Clone, Copy)]
pub(super) enum CommandError<'a> {
    /// The line has no words.
    Line(LineError),
    /// Other words are needed: the usage is shown.
    Usage,
    /// This is no number.
    Number(&'a str, NumberError),
    /// One of a fixed set of words was needed: what it is, what was given, and what it is near.
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
    /// It can't be had; the words are the whole message.
    Refused(&'static str),
    /// The command has said what went wrong.
    Reported,
}

impl<'a> CommandError<'a> {
    /// `word` is no `what`; `known` are those that there are.
    pub(super) fn unknown(
        what: &'static str,
        word: &'a str,
        known: impl IntoIterator<Item = &'static str>,
    ) -> Self {
        Self::Unknown { what, word, nearest: farjump_words::nearest(word, known) }
    }

    /// What is wrong with `subject`, a path or a name that was typed: it is printed now.
    pub(super) fn about(subject: &str, cause: impl fmt::Display) -> Self {
        Self::reported(format_args!("{subject}: {cause}"))
    }

    /// Any other fault: it is printed now.
    pub(super) fn reported(cause: impl fmt::Display) -> Self {
        println!("{cause}");
        Self::Reported
    }
}

/// Reads a number.
pub(super) fn number(word: &str) -> Result<u64, CommandError<'_>> {
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
                let place = Place::of(address);
                write!(f, "{address:#x} is {place}: only free memory and the screen can be written")
            }
            Self::Access(error) => error.fmt(f),
            Self::Refused(why) => f.write_str(why),
            Self::Reported => f.write_str("failed"),
        }
    }
}
