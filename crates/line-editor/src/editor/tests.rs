//! A terminal of one row, and people who type at it.

use proptest::prelude::*;

use super::*;
use crate::KeyDecoder;
use crate::line::CAPACITY;

/// What a terminal shows: its last row, and where the cursor is.
#[derive(Default)]
struct Terminal {
    row: Vec<u8>,
    column: usize,
    bells: usize,
    written: usize,
}

impl Write for Terminal {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for byte in text.bytes() {
            self.written += 1;
            match byte {
                b'\n' => (self.row, self.column) = (Vec::new(), 0),
                b'\x08' => self.column = self.column.checked_sub(1).expect("left of the first column"),
                b'\x07' => self.bells += 1,
                _ => {
                    assert!(self.column < 80, "the line would wrap");
                    self.row.resize(self.row.len().max(self.column + 1), b' ');
                    self.row[self.column] = byte;
                    self.column += 1;
                }
            }
        }
        Ok(())
    }
}

struct Session {
    editor: LineEditor,
    terminal: Terminal,
    decoder: KeyDecoder,
}

const PROMPT: &str = "> ";

impl Session {
    fn new() -> Self {
        let mut session =
            Self { editor: LineEditor::new(), terminal: Terminal::default(), decoder: KeyDecoder::new() };
        session.begin();
        session
    }

    fn begin(&mut self) {
        self.editor.begin(PROMPT, &mut self.terminal).unwrap();
    }

    fn press(&mut self, key: Key) -> Option<Event> {
        let event = self.editor.press(PROMPT, key, &mut self.terminal).unwrap();
        if event.is_some() {
            self.begin();
        }
        event
    }

    fn send(&mut self, bytes: &[u8]) -> Vec<Event> {
        let keys: Vec<Key> = bytes.iter().filter_map(|byte| self.decoder.push(*byte)).collect();
        keys.into_iter().filter_map(|key| self.press(key)).collect()
    }

    /// Returns what follows the prompt, and where the cursor is there.
    fn shown(&self) -> (String, usize) {
        let row = String::from_utf8(self.terminal.row.clone()).unwrap();
        let line = row.strip_prefix(PROMPT).expect("the prompt stands");
        (line.trim_end_matches(' ').to_owned(), self.terminal.column - PROMPT.len())
    }
}

/// Returns the lines that `bytes` enter.
fn lines(bytes: &[u8]) -> Vec<String> {
    let line = |event| match event {
        Event::Line(line) => line.to_string(),
        other => format!("{other:?}"),
    };
    Session::new().send(bytes).into_iter().map(line).collect()
}

#[test]
fn what_is_typed_is_what_is_read() {
    assert_eq!(lines(b"help me\rmem\r\n\n"), ["help me", "mem", ""]);
}

#[test]
fn mistakes_are_mended() {
    assert_eq!(lines(b"helq\x08p\r"), ["help"]);
    assert_eq!(lines(b"hlp\x1B[D\x1B[De\r"), ["help"]);
    assert_eq!(lines(b"xhelp\x1B[H\x1B[3~\r"), ["help"]);
    assert_eq!(lines(b"elp\x01h\x05!\r"), ["help!"]);
    assert_eq!(lines(b"wrong\x15help\r"), ["help"]);
    assert_eq!(lines(b"peek 12  34 \x17\x1756\r"), ["peek 56"]);
    assert_eq!(lines(b"help me\x1B[D\x1B[D\x1B[D\x0B\r"), ["help"]);
    assert_eq!(lines(b"\x08\x1B[D\x1B[C\x1B[3~\x17help\r"), ["help"]);
}

#[test]
fn an_interrupt_ends_the_line_and_its_text_is_gone() {
    assert_eq!(lines(b"reboo\x03help\r"), ["Interrupted", "help"]);
}

#[test]
fn the_end_of_input_counts_in_an_empty_line_and_deletes_in_others() {
    assert_eq!(lines(b"\x04"), ["EndOfInput"]);
    assert_eq!(lines(b"xhelp\x01\x04\r"), ["help"]);
}

#[test]
fn old_lines_come_back_and_so_does_the_draft() {
    assert_eq!(lines(b"one\rtwo\r\x10\x10\r"), ["one", "two", "one"]);
    assert_eq!(lines(b"one\rtwo\rdra\x10\x10\x10\x0E\x0Eft\r"), ["one", "two", "draft"]);
    assert_eq!(lines(b"one\r\r\x10!\r"), ["one", "", "one!"]);
    assert_eq!(lines(b"\x10\x0Ex\r"), ["x"]);
}

#[test]
fn the_oldest_line_is_forgotten_first_and_a_repeated_one_kept_once() {
    let mut session = Session::new();
    for line in 0..20 {
        session.send(format!("{line}\r{line}\r").as_bytes());
    }
    for _ in 0..30 {
        session.press(Key::Up);
    }
    assert_eq!(session.shown().0, "12");
}

#[test]
fn a_full_line_rings_and_keeps_what_it_has() {
    let mut session = Session::new();
    let events = session.send(&[&[b'x'; CAPACITY + 3], b"\r".as_slice()].concat());
    assert!(matches!(events[..], [Event::Line(line)] if line.len() == CAPACITY));
    assert_eq!(session.terminal.bells, 3);
}

#[test]
fn each_key_prints_no_more_than_it_must() {
    let mut session = Session::new();
    session.send(b"help");
    let mut cost = |bytes: &[u8]| {
        let before = session.terminal.written;
        session.send(bytes);
        session.terminal.written - before
    };
    assert_eq!(cost(b"!"), 1, "the character");
    assert_eq!(cost(b"\x08"), 3, "back, space, back");
    assert_eq!(cost(b"\x1B[D"), 1, "back");
    assert_eq!(cost(b"\x1B[C"), 1, "the character that is there");
}

#[test]
fn of_a_line_that_becomes_shorter_what_was_hidden_comes_back() {
    let mut session = Session::new();
    let typed = [b"mem ".as_slice(), &[b't'; 200], b"\x0C\x17"].concat();
    session.send(&typed);
    assert_eq!(session.shown(), ("mem".to_owned(), 4));
}

#[test]
fn an_interrupt_after_a_line_as_long_as_the_screen_doesnt_wrap() {
    let mut session = Session::new();
    session.send(&[b't'; 200]);
    // The terminal asserts that nothing wraps.
    assert_eq!(session.send(b"\x03"), [Event::Interrupted]);
}

#[test]
fn ctrl_l_shows_the_line_again_in_a_row_of_its_own() {
    let mut session = Session::new();
    session.send(b"help\x1B[D\x0C");
    assert_eq!(session.shown(), ("help".to_owned(), 3));
}

fn any_key() -> impl Strategy<Value = Key> {
    use Key::*;
    let others = [
        Backspace, Delete, Left, Right, Up, Down, Home, End, EraseLine, EraseToEnd, EraseWord, Redraw, Enter,
        Interrupt,
    ];
    prop_oneof![3 => (b'!'..=b'~').prop_map(Char), 2 => prop::sample::select(others.to_vec())]
}

proptest! {
    #[test]
    fn the_screen_shows_the_part_of_the_line_around_the_cursor(keys in prop::collection::vec(any_key(), 0..400)) {
        let mut session = Session::new();
        for key in keys {
            session.press(key);
            let (shown, column) = session.shown();
            let line: &str = &session.editor.line;
            let start = session.editor.cursor - column;
            prop_assert!(line[start..].starts_with(&shown));
            prop_assert!(shown.len() == line.len() - start || shown.len() == 80 - 2 - PROMPT.len());
        }
    }

    #[test]
    fn no_bytes_whatever_stop_the_next_line(noise: Vec<u8>) {
        let read = lines(&[noise.as_slice(), b"\x03help\r"].concat());
        prop_assert_eq!(read.last().map(String::as_str), Some("help"));
    }
}
