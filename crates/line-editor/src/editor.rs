//! The line that is being typed.
//!
//! What it prints shows the line as it is after each key: both on a serial terminal and on a text screen.

use core::fmt::{self, Write};

use crate::history::History;
use crate::view::View;
use crate::{Key, Line};

/// What a key has ended a line with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::large_enum_variant, reason = "a line is moved once, to the reader")]
pub enum Event {
    /// Enter.
    Line(Line),
    /// Ctrl-C.
    Interrupted,
    /// Ctrl-D in an empty line.
    EndOfInput,
}

/// A line that is being edited, and those before it.
#[derive(Debug)]
pub struct LineEditor {
    line: Line,
    /// The place in the line where the next character goes.
    cursor: usize,
    history: History,
    /// Which line of the history is shown, and what was typed before it was.
    recalled: Option<(usize, Line)>,
    view: View,
}

impl LineEditor {
    /// An editor without a history.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            line: Line::EMPTY,
            cursor: 0,
            history: History::EMPTY,
            recalled: None,
            view: View::after_prompt(0),
        }
    }

    /// Begins a line after `prompt`, which is printable ASCII.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn begin(&mut self, prompt: &str, out: &mut impl Write) -> fmt::Result {
        (self.line, self.cursor, self.recalled) = (Line::EMPTY, 0, None);
        self.draw(prompt, out)
    }

    /// Handles `key`; returns what it ends the line with.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn press(
        &mut self,
        prompt: &str,
        key: Key,
        out: &mut impl Write,
    ) -> Result<Option<Event>, fmt::Error> {
        let len = self.line.len();
        match key {
            Key::Char(byte) => {
                if self.line.insert(self.cursor, byte) {
                    self.cursor += 1;
                } else {
                    out.write_char('\x07')?;
                }
            }
            Key::Backspace => self.remove_left_to(self.cursor.saturating_sub(1)),
            Key::EraseWord => self.remove_left_to(self.word_start()),
            Key::Delete => self.line.remove(self.cursor..self.cursor + 1),
            Key::EraseToEnd => self.line.remove(self.cursor..len),
            Key::EraseLine => self.replace(Line::EMPTY),
            Key::Left => self.cursor = self.cursor.saturating_sub(1),
            Key::Right => self.cursor = len.min(self.cursor + 1),
            Key::Home => self.cursor = 0,
            Key::End => self.cursor = len,
            Key::Up => self.recall_older(),
            Key::Down => self.recall_newer(),
            Key::Redraw => {
                out.write_char('\n')?;
                self.draw(prompt, out)?;
            }
            Key::EndOfInput if len > 0 => self.line.remove(self.cursor..self.cursor + 1),
            Key::Enter | Key::Interrupt | Key::EndOfInput => return self.end(key, out).map(Some),
        }
        self.view.show(self.line.as_bytes(), self.cursor, out)?;
        Ok(None)
    }

    fn draw(&mut self, prompt: &str, out: &mut impl Write) -> fmt::Result {
        self.view = View::after_prompt(prompt.len());
        out.write_str(prompt)?;
        self.view.show(self.line.as_bytes(), self.cursor, out)
    }

    fn end(&mut self, key: Key, out: &mut impl Write) -> Result<Event, fmt::Error> {
        self.view.show(self.line.as_bytes(), self.line.len(), out)?;
        out.write_str(if key == Key::Interrupt { "^C\n" } else { "\n" })?;
        Ok(match key {
            Key::Interrupt => Event::Interrupted,
            Key::EndOfInput => Event::EndOfInput,
            _ => {
                self.history.push(self.line);
                Event::Line(self.line)
            }
        })
    }

    fn remove_left_to(&mut self, start: usize) {
        self.line.remove(start..self.cursor);
        self.cursor = start;
    }

    /// Returns where the word left of the cursor begins.
    fn word_start(&self) -> usize {
        let left = &self.line[..self.cursor];
        left.trim_end_matches(' ').rfind(' ').map_or(0, |space| space + 1)
    }

    fn replace(&mut self, line: Line) {
        self.line = line;
        self.cursor = line.len();
    }

    fn recall_older(&mut self) {
        let (age, draft) = self.recalled.map_or((0, self.line), |(age, draft)| (age + 1, draft));
        if let Some(line) = self.history.get(age) {
            self.recalled = Some((age, draft));
            self.replace(line);
        }
    }

    fn recall_newer(&mut self) {
        let Some((age, draft)) = self.recalled else { return };
        let newer = age.checked_sub(1).and_then(|age| Some((age, self.history.get(age)?)));
        self.recalled = newer.map(|(age, _)| (age, draft));
        self.replace(newer.map_or(draft, |(_, line)| line));
    }
}

impl Default for LineEditor {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests;
