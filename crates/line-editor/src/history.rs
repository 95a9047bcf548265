//! The last lines that were entered.

use crate::Line;

/// Lines that are kept.
pub const LINES: usize = 8;

/// The last lines. Empty ones, and one that was entered twice in a row, are kept once at most.
#[derive(Debug)]
pub(crate) struct History {
    lines: [Line; LINES],
    len: usize,
}

impl History {
    pub(crate) const EMPTY: Self = Self { lines: [Line::EMPTY; LINES], len: 0 };

    /// Keeps `line`, and forgets the oldest one if there is no room.
    pub(crate) fn push(&mut self, line: Line) {
        if line.is_empty() || self.get(0) == Some(line) {
            return;
        }
        self.lines.rotate_right(1);
        self.lines[0] = line;
        self.len = LINES.min(self.len + 1);
    }

    /// Returns the line of this age: the last one's is zero.
    pub(crate) fn get(&self, age: usize) -> Option<Line> {
        self.lines[..self.len].get(age).copied()
    }
}
