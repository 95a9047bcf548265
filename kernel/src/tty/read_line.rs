//! Lines that a person types, on the keyboard or the serial port.

use core::fmt::{self, Write};

pub use farjump_line_editor::{Event as Input, Line};
use farjump_line_editor::{Event, LineEditor};

use super::input;
use crate::console;
use crate::thread::Mutex;

/// The line that is being typed, and those before it.
static EDITOR: Mutex<LineEditor> = Mutex::new(LineEditor::new());

/// The console as the editor writes to it.
struct Echo;

impl Write for Echo {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        console::write(format_args!("{text}"));
        Ok(())
    }
}

/// Prints `prompt`, which is printable ASCII, and waits for a line, after any thread that reads one now. Other
/// threads run meanwhile, or the CPU is halted, with interrupts on.
///
/// [`Input::EndOfInput`] comes at once where there is neither keyboard nor serial port.
#[must_use]
pub fn read_line(prompt: &str) -> Input {
    let mut editor = EDITOR.lock();
    if editor.is_poisoned() {
        // The thread that read the keys has ended during one.
        *editor = LineEditor::new();
    }
    // Infallible, as Echo is.
    let _ = editor.begin(prompt, &mut Echo);
    loop {
        let Some(key) = input::next() else { return Event::EndOfInput };
        if let Ok(Some(event)) = editor.press(prompt, key, &mut Echo) {
            return event;
        }
    }
}
