//! The part of a line that is on the screen, and how to make it another with the fewest characters.
//!
//! It needs nothing of a screen but that a backspace moves the cursor to the left: a serial terminal and a text
//! screen both do. So a line never goes over the end of a row: a longer one is shown in part, around the cursor.

use core::fmt::{self, Write};

/// Columns of the screen.
const COLUMNS: usize = 80;

/// Columns on the right that stay free: the C of `^C` may be in the first, and a character in the last would wrap.
const FREE: usize = 2;

/// Columns that a line has at least, however long the prompt is.
const NARROWEST: usize = 16;

/// What is on the screen after the prompt.
#[derive(Debug)]
pub(crate) struct View {
    shown: [u8; COLUMNS],
    len: usize,
    /// Where the cursor is.
    column: usize,
    /// Columns that there are.
    width: usize,
    /// The first of the line's characters that is shown.
    start: usize,
}

impl View {
    /// Returns an empty view after a prompt of so many characters.
    pub(crate) const fn after_prompt(prompt_len: usize) -> Self {
        let left = (COLUMNS - FREE).saturating_sub(prompt_len);
        let width = if left < NARROWEST { NARROWEST } else { left };
        Self { shown: [0; COLUMNS], len: 0, column: 0, width, start: 0 }
    }

    /// Shows `line` with the cursor at `cursor`, a place in it or its end.
    pub(crate) fn show(&mut self, line: &[u8], cursor: usize, out: &mut impl Write) -> fmt::Result {
        // The cursor needs a column too. Of a line that has become shorter no more is hidden than must be.
        let start_for = |place: usize| (place + 1).saturating_sub(self.width);
        self.start = self.start.min(cursor).min(start_for(line.len())).max(start_for(cursor));
        let end = line.len().min(self.start + self.width);
        let wanted = &line[self.start.min(end)..end];
        let same = wanted.iter().zip(&self.shown[..self.len]).take_while(|(new, old)| new == old).count();
        let is_changed = same < wanted.len() || same < self.len;
        if is_changed {
            self.move_to(same, out)?;
            self.write(&wanted[same..], out)?;
            for _ in wanted.len()..self.len {
                self.write(b" ", out)?;
            }
            self.len = wanted.len();
        }
        self.move_to(cursor - self.start, out)
    }

    /// Moves the cursor: to the left by backspaces, to the right over what is there.
    fn move_to(&mut self, column: usize, out: &mut impl Write) -> fmt::Result {
        while self.column > column {
            out.write_char('\x08')?;
            self.column -= 1;
        }
        while self.column < column {
            out.write_char(self.shown[self.column].into())?;
            self.column += 1;
        }
        Ok(())
    }

    fn write(&mut self, bytes: &[u8], out: &mut impl Write) -> fmt::Result {
        for byte in bytes {
            out.write_char((*byte).into())?;
            self.shown[self.column] = *byte;
            self.column += 1;
        }
        Ok(())
    }
}
