//! Lines that a person types, on keyboard and serial port alike.

use core::fmt::{self, Write};

pub use line_editor::{Event as Input, Line};
use line_editor::{Event, LineEditor};
use spin::Mutex;

use crate::input;

/// The line that is being typed, and those before it.
static EDITOR: Mutex<LineEditor> = Mutex::new(LineEditor::new());

/// The console as the editor writes to it.
struct Echo;

impl Write for Echo {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        super::write(format_args!("{text}"));
        Ok(())
    }
}

/// Prints `prompt`, which is printable ASCII, and waits for a line. The CPU is halted meanwhile, with interrupts on.
///
/// [`Input::EndOfInput`] comes at once where there is neither keyboard nor serial port.
#[must_use]
pub fn read_line(prompt: &str) -> Input {
    let mut editor = EDITOR.lock();
    // Infallible, as Echo is.
    let _ = editor.begin(prompt, &mut Echo);
    loop {
        let Some(key) = input::next() else { return Event::EndOfInput };
        if let Ok(Some(event)) = editor.press(prompt, key, &mut Echo) {
            return event;
        }
    }
}
