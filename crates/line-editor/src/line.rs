//! A line of text of limited length.

use core::ops::{Deref, Range};

/// Characters that a line has room for.
pub const CAPACITY: usize = 240;

/// A line of printable ASCII.
#[derive(Clone, Copy)]
pub struct Line {
    bytes: [u8; CAPACITY],
    len: usize,
}

impl Line {
    /// No text.
    pub const EMPTY: Self = Self { bytes: [0; CAPACITY], len: 0 };

    /// Inserts `byte` at `at`. Returns false if the line is full, `at` is past its end, or
    /// it isn't a printable character.
    pub(crate) fn insert(&mut self, at: usize, byte: u8) -> bool {
        let has_room = self.len < CAPACITY && at <= self.len && (b' '..=b'~').contains(&byte);
        if has_room {
            self.bytes.copy_within(at..self.len, at + 1);
            self.bytes[at] = byte;
            self.len += 1;
        }
        has_room
    }

    /// Takes the characters in `range` out, as far as there are any.
    pub(crate) fn remove(&mut self, range: Range<usize>) {
        let end = range.end.min(self.len);
        let start = range.start.min(end);
        self.bytes.copy_within(end..self.len, start);
        self.len -= end - start;
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.len]
    }
}

impl Deref for Line {
    type Target = str;

    fn deref(&self) -> &str {
        // Never an error: all that `insert` takes is ASCII.
        core::str::from_utf8(self.as_bytes()).unwrap_or_default()
    }
}

impl PartialEq for Line {
    fn eq(&self, other: &Self) -> bool {
        self.as_bytes() == other.as_bytes()
    }
}

impl Eq for Line {}

impl core::fmt::Debug for Line {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        core::fmt::Debug::fmt(&**self, f)
    }
}
