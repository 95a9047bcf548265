//! Bytes of a serial line, through keys, queue and line editor to a screen: the line on the screen must be the line that
//! is read.

use std::fmt;

use farjump_line_editor::line::CAPACITY;
use farjump_line_editor::{Event, InputQueue, KeyDecoder, LineEditor};

use crate::Target;

/// This target.
pub const TARGET: Target = Target { name: "line-editor", what: "what is typed at a console", corpus, run };

const PROMPT: &str = "farjump> ";

/// Columns of the screen; what is written in the last one wraps.
const COLUMNS: usize = 80;

fn corpus() -> Vec<Vec<u8>> {
    let long = [b"0123456789 ".repeat(30), b"\x01\x1B[C\x1B[3~\x17\x0B\r".to_vec()].concat();
    let texts: [&[u8]; 3] = [
        b"mem map\x1B[D\x1B[D\x7F\x15ls /\r\n\x10\x10\x0E\x0C\x05\x17\r",
        b"peek 0x1000\x01\x06\x04\x0B\x03x\x04\x08\x04",
        &long,
    ];
    texts.map(<[u8]>::to_vec).to_vec()
}

fn run(bytes: &[u8]) {
    let mut decoder = KeyDecoder::new();
    let mut queue = InputQueue::<64>::new();
    let mut editor = LineEditor::new();
    let mut screen = Screen::default();
    begin(&mut editor, &mut screen);
    // Keys come in bursts, as they do while a command runs: some find no room.
    for burst in bytes.chunks(100) {
        let keys = burst.iter().filter_map(|byte| decoder.push(*byte));
        let count = keys.map(|key| queue.push(key)).count();
        assert!(count <= burst.len(), "a byte is one key at most");
        while let Some(key) = queue.pop() {
            if let Ok(Some(event)) = editor.press(PROMPT, key, &mut screen) {
                ended(&event, &mut screen);
                begin(&mut editor, &mut screen);
            }
        }
    }
    assert!(queue.lost() <= bytes.len() as u64);
}

fn begin(editor: &mut LineEditor, screen: &mut Screen) {
    assert_eq!(screen.column, 0, "a line begins at the left");
    assert!(editor.begin(PROMPT, screen).is_ok());
}

/// Checks that the line stood on the screen, after the prompt; of a line that is too long for it, the end.
fn ended(event: &Event, screen: &mut Screen) {
    let shown = std::mem::take(&mut screen.last_row);
    let Some(shown) = shown.strip_prefix(PROMPT) else { panic!("no prompt in {shown:?}") };
    if let Event::Line(line) = event {
        assert!(line.len() <= CAPACITY && line.bytes().all(|byte| (b' '..=b'~').contains(&byte)));
        let end = line.trim_end();
        assert!(end.ends_with(shown.trim_end()), "{shown:?} is shown of {end:?}");
        assert!(
            shown.trim_end() == end || line.len() + PROMPT.len() + 2 >= COLUMNS,
            "{shown:?} is all of {end:?}"
        );
    }
}

/// A screen's last row, which interprets backspace and line feed.
#[derive(Default)]
struct Screen {
    row: Vec<char>,
    column: usize,
    /// The row that the last line feed ended.
    last_row: String,
}

impl fmt::Write for Screen {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for letter in text.chars() {
            match letter {
                '\x07' => {}
                '\x08' => {
                    assert!(self.column > 0, "a backspace at the left edge");
                    self.column -= 1;
                }
                '\n' => {
                    self.last_row = self.row.drain(..).collect();
                    self.column = 0;
                }
                ' '..='~' => {
                    if self.column == self.row.len() {
                        self.row.push(letter);
                    } else {
                        self.row[self.column] = letter;
                    }
                    self.column += 1;
                    assert!(self.column < COLUMNS, "a line goes over the end of a row");
                }
                _ => panic!("{letter:?} is put on the screen"),
            }
        }
        Ok(())
    }
}
