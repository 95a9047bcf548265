//! Lines to words.

use alloc::vec::Vec;

use super::diagnostic::{Code, Diagnostic};

/// A position: counted from 1, in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) line: usize,
    pub(super) column: usize,
    pub(super) width: usize,
}

impl Span {
    /// The beginning of the source.
    pub(super) const START: Self = Self { line: 1, column: 1, width: 1 };
}

/// A word: a label with its colon, a mnemonic, a number, a text in quotes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Token<'a> {
    pub(super) text: &'a str,
    pub(super) span: Span,
}

/// Returns the text of a source, which some editors begin with a mark.
pub(super) fn text(source: &[u8]) -> Result<&str, Diagnostic> {
    match core::str::from_utf8(source) {
        Ok(text) => Ok(text.strip_prefix('\u{FEFF}').unwrap_or(text)),
        Err(error) => {
            let before = source.split_at(error.valid_up_to()).0;
            let line = 1 + before.iter().filter(|byte| **byte == b'\n').count();
            let last = before.rsplit(|byte| *byte == b'\n').next().unwrap_or_default();
            let column = 1 + core::str::from_utf8(last).map_or(0, |last| last.chars().count());
            Err(Diagnostic::new(Span { line, column, width: 1 }, Code::NotUtf8))
        }
    }
}

/// Returns the words of a line, without its comment.
pub(super) fn tokens(line: usize, text: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let (mut rest, mut column) = (text, 1);
    loop {
        let word = rest.trim_start();
        column += rest.chars().count() - word.chars().count();
        if word.is_empty() || word.starts_with([';', '#']) {
            return tokens;
        }
        let (text, following) = word.split_at(token_len(word));
        let width = text.chars().count();
        tokens.push(Token { text, span: Span { line, column, width } });
        (rest, column) = (following, column + width);
    }
}

/// Returns the number of bytes of the word at the beginning of `text`.
fn token_len(text: &str) -> usize {
    let mut letters = text.char_indices();
    let quote = letters.next().map(|(_, first)| first).filter(|first| ['\'', '"'].contains(first));
    let mut escaped = false;
    for (index, letter) in letters {
        let ends = match quote {
            // A backslash before it makes a quote an ordinary character, in '\'' alone.
            Some(quote) if escaped || letter != quote => None,
            Some(_) => Some(index + 1),
            None if letter == ':' => Some(index + 1),
            None => (letter.is_whitespace() || [';', '#'].contains(&letter)).then_some(index),
        };
        escaped = quote == Some('\'') && letter == '\\' && !escaped;
        if let Some(end) = ends {
            return end;
        }
    }
    text.len()
}

/// Returns whether a label can be called so: letters, digits and underscores, and no digit first.
pub(super) fn is_label(name: &str) -> bool {
    let is_letter = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    name.chars().all(is_letter) && name.starts_with(|first: char| is_letter(first) && !first.is_ascii_digit())
}
