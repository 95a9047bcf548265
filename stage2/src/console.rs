//! The loader's console: prints each line on the serial port and on the screen.
//!
//! Either may be missing, and neither can stop a boot.

use core::fmt::{self, Write};
use core::sync::atomic::{AtomicBool, Ordering};

use farjump_api::{Console as ConsoleInfo, TextScreen};

use crate::screen::Screen;
use crate::serial::Serial;

struct Console {
    serial: Option<Serial>,
    screen: Option<Screen>,
}

static CONSOLE: spin::Mutex<Console> = spin::Mutex::new(Console { serial: None, screen: None });

/// Finds the serial port and the screen.
pub(crate) fn install() {
    let mut console = CONSOLE.lock();
    console.serial = Serial::probe();
    console.screen = Screen::probe();
}

/// Unlocks the console, for a handler that may have interrupted a line and doesn't return to it.
pub(crate) fn break_lock() {
    // SAFETY: there is only one CPU, and the lock's holder, if any, never runs again.
    unsafe { CONSOLE.force_unlock() };
}

/// Returns whether this is the first panic or exception. Another one, while the first is printed, gets `false`.
pub(crate) fn is_first_failure() -> bool {
    static FAILED: AtomicBool = AtomicBool::new(false);
    !FAILED.swap(true, Ordering::Relaxed)
}

/// Describes the console to the kernel, which continues on it.
pub(crate) fn describe() -> ConsoleInfo {
    let console = CONSOLE.lock();
    ConsoleInfo {
        serial_port: console.serial.as_ref().map_or(0, Serial::port),
        reserved: [0; 3],
        screen: console.screen.as_ref().map_or(TextScreen::NONE, Screen::describe),
    }
}

/// Prints a line.
pub(crate) fn print_line(line: fmt::Arguments<'_>) {
    // This Write never fails, and there is no better place to report a Display that does.
    let _ = write!(CONSOLE.lock(), "{line}\r\n");
}

impl Write for Console {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        if let Some(serial) = &mut self.serial
            && serial.write(text.as_bytes()).is_none()
        {
            self.serial = None; // otherwise each later character would wait for as long
        }
        if let Some(screen) = &mut self.screen {
            screen.text.write(text);
        }
        Ok(())
    }
}

/// Prints `loader: error: ` and a line.
macro_rules! error {
    ($($line:tt)*) => { $crate::console::print_line(format_args!("loader: error: {}", format_args!($($line)*))) };
}

pub(crate) use error;
