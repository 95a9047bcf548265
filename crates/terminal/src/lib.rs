//! A text screen in memory that the caller provides: characters become cells, full screens scroll.
//!
//! Loader and kernel both write to the same screen, one after the other; this is what they share. A cell is a
//! word, the character (code page 437) in its lower byte, the attribute in its upper.
//!
//! Source: VGA text modes, RBIL MEM B800h.

#![cfg_attr(not(test), no_std)]
#![forbid(unsafe_code)]

use farjump_x86::vga::LIGHT_GREY;

/// What is shown for a character that code page 437's ASCII half hasn't got.
const UNKNOWN: u8 = 0xFE;

const SPACE: u16 = cell(b' ');

/// Where the next character goes. `row` is equal to the screen's rows when it must scroll first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Cursor {
    /// Column, counted from 0.
    pub column: usize,
    /// Row, counted from 0.
    pub row: usize,
}

/// A screen of `columns` by `rows` cells.
#[derive(Debug)]
pub struct TextScreen<'a> {
    cells: &'a mut [u16],
    columns: usize,
    rows: usize,
    cursor: Cursor,
}

impl<'a> TextScreen<'a> {
    /// Returns the screen on `cells`, with its cursor moved into it. `None` if a row has no cells, or no row fits.
    pub fn new(cells: &'a mut [u16], columns: usize, cursor: Cursor) -> Option<Self> {
        let rows = cells.len().checked_div(columns).filter(|&rows| rows > 0)?;
        let cursor = Cursor { column: cursor.column.min(columns), row: cursor.row.min(rows) };
        Some(Self { cells, columns, rows, cursor })
    }

    /// Writes text. `\r` goes to the first column, `\n` to the next row, a backspace to the column before, in the
    /// same row; a bell isn't heard; all else is shown.
    pub fn write(&mut self, text: &str) {
        for character in text.chars() {
            match character {
                '\r' => self.cursor.column = 0,
                '\n' => self.next_row(),
                '\x08' => self.cursor.column = self.cursor.column.saturating_sub(1),
                '\x07' => {}
                ' '..='~' => self.put(character as u8),
                _ => self.put(UNKNOWN),
            }
        }
    }

    /// Returns where the next character goes.
    #[must_use]
    pub const fn cursor(&self) -> Cursor {
        self.cursor
    }

    /// Cells in a row.
    #[must_use]
    pub const fn columns(&self) -> usize {
        self.columns
    }

    /// Rows.
    #[must_use]
    pub const fn rows(&self) -> usize {
        self.rows
    }

    fn put(&mut self, character: u8) {
        if self.cursor.column == self.columns {
            self.cursor.column = 0;
            self.next_row();
        }
        if self.cursor.row == self.rows {
            self.scroll();
        }
        self.cells[self.cursor.row * self.columns + self.cursor.column] = cell(character);
        self.cursor.column += 1;
    }

    /// Scrolls late: only the next character makes a full screen move, so that its last line is kept.
    fn next_row(&mut self) {
        if self.cursor.row == self.rows {
            self.scroll();
        }
        self.cursor.row += 1;
    }

    fn scroll(&mut self) {
        let screen = self.rows * self.columns;
        self.cells.copy_within(self.columns..screen, 0);
        self.cursor.row = self.rows - 1;
        self.cells[self.cursor.row * self.columns..screen].fill(SPACE);
    }
}

const fn cell(character: u8) -> u16 {
    u16::from_le_bytes([character, LIGHT_GREY])
}

/// The README's examples, as tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns what `text` looks like on an empty screen of 4 columns and 3 rows, and where the cursor is then.
    fn shown(text: &str) -> ([String; 3], Cursor) {
        let mut cells = [SPACE; 12];
        let mut screen = TextScreen::new(&mut cells, 4, Cursor::default()).unwrap();
        screen.write(text);
        let cursor = screen.cursor();
        let row =
            |row: usize| cells[row * 4..][..4].iter().map(|cell| cell.to_le_bytes()[0] as char).collect();
        ([row(0), row(1), row(2)], cursor)
    }

    #[test]
    fn lines_stand_below_each_other() {
        assert_eq!(shown("ab\r\nc").0, ["ab  ", "c   ", "    "]);
    }

    #[test]
    fn a_long_line_continues_in_the_next_row() {
        assert_eq!(shown("abcdef").0, ["abcd", "ef  ", "    "]);
    }

    #[test]
    fn a_line_feed_after_a_full_row_makes_no_empty_row() {
        assert_eq!(shown("abcd\r\ne").0, ["abcd", "e   ", "    "]);
    }

    #[test]
    fn a_full_screen_keeps_its_last_line_until_more_comes() {
        let (rows, cursor) = shown("a\r\nb\r\nc\r\n");
        assert_eq!(rows, ["a   ", "b   ", "c   "]);
        assert_eq!(cursor, Cursor { column: 0, row: 3 });
        assert_eq!(shown("a\r\nb\r\nc\r\nd").0, ["b   ", "c   ", "d   "]);
    }

    #[test]
    fn line_feeds_alone_scroll_too() {
        assert_eq!(shown("a\r\nb\r\nc\r\n\n\nd").0, ["    ", "    ", "d   "]);
    }

    #[test]
    fn a_backspace_stays_in_its_row_and_a_bell_is_not_seen() {
        assert_eq!(shown("ab\x08c").0[0], "ac  ");
        assert_eq!(shown("a\r\n\x08\x08b\x07").0, ["a   ", "b   ", "    "]);
        assert_eq!(shown("abcd\x08e").0[0], "abce");
    }

    #[test]
    fn what_ascii_has_not_got_is_one_block() {
        assert_eq!(shown("é").0[0].chars().next(), Some('\u{FE}'));
    }

    #[test]
    fn a_cursor_outside_is_moved_in_and_a_screen_without_cells_is_none() {
        let mut cells = [SPACE; 4];
        let screen = TextScreen::new(&mut cells, 4, Cursor { column: 200, row: 200 }).unwrap();
        assert_eq!(screen.cursor(), Cursor { column: 4, row: 1 });
        assert!(TextScreen::new(&mut cells, 0, Cursor::default()).is_none());
        assert!(TextScreen::new(&mut [], 80, Cursor::default()).is_none());
    }
}
