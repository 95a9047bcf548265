//! The command line: words with spaces between them, `key` or `key=value`.

/// Whether `word` stands in the command line by itself.
#[must_use]
pub fn has_word(command_line: &str, word: &str) -> bool {
    command_line.split_ascii_whitespace().any(|candidate| candidate == word)
}

/// The value of `key`; of the last, where it stands more than once.
#[must_use]
pub fn value<'a>(command_line: &'a str, key: &str) -> Option<&'a str> {
    let words = command_line.split_ascii_whitespace();
    words.rev().find_map(|word| word.strip_prefix(key)?.strip_prefix('='))
}
