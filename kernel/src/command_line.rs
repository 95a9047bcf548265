//! The kernel's command line: words separated by spaces, `key` or `key=value`; a value with spaces stands in
//! quotes. `command-words` has the rules.
//!
//! If a key occurs more than once, the last one counts. [`warn`] warns of unknown words once the log
//! works; nothing on the command line can keep the kernel from starting.

use farjump_words::words::{Word, words};

/// Warnings at most: a command line may have many thousand words.
const MAX_WARNINGS: usize = 8;

/// A word that the kernel library, or the kernel that uses it, looks for.
#[derive(Debug, Clone, Copy)]
pub struct Known {
    /// The word, or what stands before its `=`.
    pub key: &'static str,
    /// The text after the `=`; empty for a word without one.
    pub value: &'static str,
}

/// The words that the kernel library looks for.
const KNOWN: &[Known] = &[
    Known { key: "exit", value: "" },
    Known { key: "irq", value: "pic" },
    Known { key: "log", value: "LEVEL" },
    Known { key: "run", value: "COMMAND;COMMAND" },
    Known { key: "rw", value: "" },
    Known { key: "sched", value: "POLICY" },
    Known { key: "timer", value: "HERTZ" },
];

/// Whether `word` stands in the command line by itself.
#[must_use]
pub fn has_word(command_line: &str, word: &str) -> bool {
    words(command_line).any(|candidate| candidate.text() == word)
}

/// The value of `key`, without its quotes; of the last, where it stands more than once.
#[must_use]
pub fn value<'a>(command_line: &'a str, key: &str) -> Option<&'a str> {
    values(command_line, key).last()
}

fn values<'a>(command_line: &'a str, key: &str) -> impl Iterator<Item = &'a str> {
    words(command_line).filter_map(move |word| {
        let (found, value) = word.key_and_value();
        value.filter(|_| found == key)
    })
}

/// Warns of what is wrong with the command line. `own` are the words that the kernel itself looks for.
pub fn warn(command_line: &str, own: &[Known]) {
    let mut left = MAX_WARNINGS;
    for word in words(command_line) {
        if is_fine(word, own) {
            continue;
        }
        if left == 0 {
            log::warn!("command line: and more that is wrong");
            return;
        }
        left -= 1;
        warn_of(word, own);
    }
    for known in KNOWN.iter().chain(own).filter(|known| !known.value.is_empty()) {
        if values(command_line, known.key).nth(1).is_some() {
            log::warn!("command line: {}= stands there more than once; the last counts", known.key);
        }
    }
}

fn is_fine(word: Word<'_>, own: &[Known]) -> bool {
    let (key, value) = word.key_and_value();
    let fits = |known: &Known| known.key == key && known.value.is_empty() == value.is_none();
    word.fault.is_none() && KNOWN.iter().chain(own).any(fits)
}

fn warn_of(word: Word<'_>, own: &[Known]) {
    let shown = Shortened(word.raw);
    let (key, _) = word.key_and_value();
    let known = || KNOWN.iter().chain(own);
    if let Some(fault) = word.fault {
        log::warn!("command line: {shown:?}: {fault}");
    } else if let Some(known) = known().find(|known| known.key == key) {
        match known.value {
            "" => log::warn!("command line: {shown:?}: {key} has no value"),
            value => log::warn!("command line: {shown:?}: it needs a value, {key}={value}"),
        }
    } else if let Some(nearest) = farjump_words::nearest(key, known().map(|known| known.key)) {
        log::warn!("command line: {shown:?} is unknown; did you mean {nearest:?}?");
    } else {
        log::warn!("command line: {shown:?} is unknown");
    }
}

/// A word of any length, as a line of the log can show it.
struct Shortened<'a>(&'a str);

impl core::fmt::Debug for Shortened<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        const SHOWN: usize = 40;
        match self.0.char_indices().nth(SHOWN) {
            Some((end, _)) => write!(f, "{:?}...", &self.0[..end]),
            None => write!(f, "{:?}", self.0),
        }
    }
}
