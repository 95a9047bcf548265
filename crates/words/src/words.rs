//! Words of a line.
//!
//! ```text
//! run="peek 0x1000 16;uptime" log=debug cat 'a b.txt'
//! ^-------------------------^ ^-------^ ^-^ ^-------^
//! ```
//!
//! A quote, `"` or `'`, opens at the beginning of a word or directly after the `=` in it; there alone, so that `it's` is
//! a word like any other. It closes at the same quote, and that ends the word. There are no escapes: what holds one
//! kind of quote is put between the other.

use core::fmt;

/// A word with its quotes, and what is wrong with them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Word<'a> {
    /// As it is in the line.
    pub raw: &'a str,
    /// A word with a fault ends at the next space, as if the quote were none.
    pub fault: Option<QuoteFault>,
}

/// What is wrong with a quote.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QuoteFault {
    /// It is never closed.
    Open,
    /// Something follows the closing one.
    TextAfterQuote,
}

impl fmt::Display for QuoteFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Open => "a quote isn't closed",
            Self::TextAfterQuote => "a closing quote has to be the end of a word",
        })
    }
}

impl core::error::Error for QuoteFault {}

impl<'a> Word<'a> {
    /// Returns the word without its quotes.
    #[must_use]
    pub fn text(self) -> &'a str {
        if self.fault.is_none() { unquoted(self.raw) } else { self.raw }
    }

    /// Returns what stands before the first `=`, or all, and what follows it, without its quotes.
    #[must_use]
    pub fn key_and_value(self) -> (&'a str, Option<&'a str>) {
        match self.raw.split_once('=') {
            Some((key, value)) if self.fault.is_none() => (key, Some(unquoted(value))),
            Some((key, value)) => (key, Some(value)),
            None => (self.raw, None),
        }
    }
}

/// Returns the text between the quotes, if there are any.
fn unquoted(text: &str) -> &str {
    let inner = |quote| text.strip_prefix(quote)?.strip_suffix(quote);
    inner('"').or_else(|| inner('\'')).unwrap_or(text)
}

/// Returns the words of `line`.
#[must_use]
pub fn words(line: &str) -> Words<'_> {
    Words { rest: line }
}

/// An iterator over words, in order.
#[derive(Debug, Clone)]
pub struct Words<'a> {
    rest: &'a str,
}

impl<'a> Iterator for Words<'a> {
    type Item = Word<'a>;

    fn next(&mut self) -> Option<Word<'a>> {
        let line = self.rest.trim_ascii_start();
        if line.is_empty() {
            return None;
        }
        let space = line.find(is_space).unwrap_or(line.len());
        let (end, fault) = match closing_quote(line, space) {
            Ok(None) => (space, None),
            Ok(Some(quote)) => (quote + 1, None),
            Err(fault) => (space, Some(fault)),
        };
        let (raw, rest) = line.split_at(end);
        self.rest = rest;
        Some(Word { raw, fault })
    }
}

/// Where the quote is that ends the word at the beginning of `line`; `None`: it has no quotes. `space` is where the
/// word ends in that case.
fn closing_quote(line: &str, space: usize) -> Result<Option<usize>, QuoteFault> {
    let is_quote = |at: &usize| matches!(line.as_bytes().get(*at), Some(b'"' | b'\''));
    let after_equals = line[..space].find('=').map(|equals| equals + 1);
    let Some(opening) = [Some(0), after_equals].into_iter().flatten().find(is_quote) else {
        return Ok(None);
    };
    let (quote, inner) = line[opening..].split_at(1);
    let closing = opening + 1 + inner.find(quote).ok_or(QuoteFault::Open)?;
    match line[closing + 1..].chars().next() {
        Some(next) if !is_space(next) => Err(QuoteFault::TextAfterQuote),
        _ => Ok(Some(closing)),
    }
}

fn is_space(character: char) -> bool {
    character.is_ascii_whitespace()
}

/// Most words of a command.
pub const MAX_WORDS: usize = 16;

/// A command's words, without their quotes.
#[derive(Debug, Clone, Copy)]
pub struct CommandWords<'a> {
    words: [&'a str; MAX_WORDS],
    count: usize,
}

/// Why a line is no command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineError {
    /// Something is wrong with a quote.
    Quote(QuoteFault),
    /// More than [`MAX_WORDS`].
    TooManyWords,
}

impl fmt::Display for LineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Quote(fault) => fault.fmt(f),
            Self::TooManyWords => write!(f, "a command has {MAX_WORDS} words at most"),
        }
    }
}

impl core::error::Error for LineError {}

impl<'a> CommandWords<'a> {
    /// Returns the words of one command.
    ///
    /// # Errors
    /// [`LineError`], the first.
    pub fn parse(line: &'a str) -> Result<Self, LineError> {
        let mut parsed = Self { words: [""; MAX_WORDS], count: 0 };
        for word in words(line) {
            if let Some(fault) = word.fault {
                return Err(LineError::Quote(fault));
            }
            *parsed.words.get_mut(parsed.count).ok_or(LineError::TooManyWords)? = word.text();
            parsed.count += 1;
        }
        Ok(parsed)
    }

    /// Returns the words.
    #[must_use]
    pub fn get(&self) -> &[&'a str] {
        &self.words[..self.count]
    }
}

/// Returns the commands of a line, between `;` that aren't in quotes. Empty ones are left out.
pub fn commands(line: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(line);
    core::iter::from_fn(move || {
        let line = rest?;
        let end = command_end(line);
        rest = end.map(|end| &line[end + 1..]);
        Some(line[..end.unwrap_or(line.len())].trim_ascii())
    })
    .filter(|command| !command.is_empty())
}

/// Returns where the first `;` is that isn't in quotes. A quote that is never closed is none.
fn command_end(line: &str) -> Option<usize> {
    let mut at_start = true;
    let mut skip_to = 0;
    for (index, character) in line.char_indices() {
        if index < skip_to {
            continue;
        }
        match character {
            ';' => return Some(index),
            '"' | '\'' if at_start => {
                let length = line[index + 1..].find(character);
                skip_to = length.map_or(0, |length| index + 1 + length + 1);
                at_start = false;
            }
            _ => at_start = is_space(character),
        }
    }
    None
}

#[cfg(test)]
mod tests;
