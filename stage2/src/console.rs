//! The loader's console: each line goes to the serial port and to the screen.
//!
//! Either may be absent; neither can stop a boot. `quiet` silences all but errors.

use core::fmt::{self, Write};
use core::sync::atomic::{AtomicBool, Ordering};

use farjump_api::{Console as ConsoleInfo, TextScreen};

use crate::screen::Screen;
use crate::serial::Serial;

struct Console {
    serial: Option<Serial>,
    screen: Option<Screen>,
    quiet: bool,
}

static CONSOLE: spin::Mutex<Console> = spin::Mutex::new(Console { serial: None, screen: None, quiet: false });

/// Finds the serial port and the screen.
pub(crate) fn install() {
    let mut console = CONSOLE.lock();
    console.serial = Serial::probe();
    console.screen = Screen::probe();
}

/// From now on, only errors are printed.
pub(crate) fn silence() {
    CONSOLE.lock().quiet = true;
}

/// For a handler that may have interrupted a line and doesn't return to it.
pub(crate) fn break_lock() {
    // SAFETY: there is one CPU, and the holder, if there is one, never runs again.
    unsafe { CONSOLE.force_unlock() };
}

/// Whether this is the first panic or exception: one that happens while the first is printed can't be.
pub(crate) fn is_first_failure() -> bool {
    static FAILED: AtomicBool = AtomicBool::new(false);
    !FAILED.swap(true, Ordering::Relaxed)
}

/// What the kernel needs to know to go on from here.
pub(crate) fn describe() -> ConsoleInfo {
    let console = CONSOLE.lock();
    ConsoleInfo {
        serial_port: console.serial.as_ref().map_or(0, Serial::port),
        reserved: [0; 3],
        screen: console.screen.as_ref().map_or(TextScreen::NONE, Screen::describe),
    }
}

/// Prints a line of the boot's own, or, where `prefix` says whose it is, a line of the loader's.
pub(crate) fn print_line(prefix: &str, line: fmt::Arguments<'_>) {
    let mut console = CONSOLE.lock();
    if !console.quiet {
        console.write_line(prefix, line);
    }
}

/// Prints an error: never silenced.
pub(crate) fn print_error(line: fmt::Arguments<'_>) {
    CONSOLE.lock().write_line("loader: error: ", line);
}

impl Console {
    fn write_line(&mut self, prefix: &str, line: fmt::Arguments<'_>) {
        // Infallible: this Write never fails, and a Display that does has no better place to say so.
        let _ = write!(self, "{prefix}{line}\r\n");
    }
}

impl Write for Console {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        if let Some(serial) = &mut self.serial
            && serial.write(text.as_bytes()).is_none()
        {
            self.serial = None; // or every character to come would wait as long
        }
        if let Some(screen) = &mut self.screen {
            screen.text.write(text);
        }
        Ok(())
    }
}

/// Prints `loader: ` and a line.
macro_rules! info {
    ($($line:tt)*) => { $crate::console::print_line("loader: ", format_args!($($line)*)) };
}

/// Prints `loader: error: ` and a line, even when the console is quiet.
macro_rules! error {
    ($($line:tt)*) => { $crate::console::print_error(format_args!($($line)*)) };
}

pub(crate) use {error, info};
