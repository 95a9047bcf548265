//! Standard output and standard error, for a reader that may have heard enough: `cargo xtask doctor 2>&1 | head -1`.

use std::fmt;
use std::io::{self, Write as _};

/// Prints to standard output, as `print!` does. A reader that is gone ends the program quietly; any other error ends it
/// with a message, because what wasn't printed was what was asked for.
#[macro_export]
macro_rules! out {
    ($($text:tt)*) => { $crate::output::write(format_args!($($text)*)) };
}

/// Prints a line to standard output.
#[macro_export]
macro_rules! outln {
    ($($text:tt)*) => { $crate::output::write(format_args!("{}\n", format_args!($($text)*))) };
}

/// Prints to standard error, as `eprint!` does, but ignores errors: what is printed there accompanies the output that
/// was asked for.
#[macro_export]
macro_rules! note {
    ($($text:tt)*) => { $crate::output::write_note(format_args!($($text)*)) };
}

/// Prints a line to standard error.
#[macro_export]
macro_rules! noteln {
    ($($text:tt)*) => { $crate::output::write_note(format_args!("{}\n", format_args!($($text)*))) };
}

pub use crate::{note, noteln, out, outln};

/// What [`out!`] does.
pub fn write(text: fmt::Arguments<'_>) {
    let mut stdout = io::stdout().lock();
    if let Err(error) = stdout.write_fmt(text).and_then(|()| stdout.flush()) {
        crate::interrupt::undo_all();
        end(&error)
    }
}

/// What [`note!`] does.
pub fn write_note(text: fmt::Arguments<'_>) {
    // There is nowhere else to report the error.
    let _ = io::stderr().lock().write_fmt(text);
}

fn end(error: &io::Error) -> ! {
    #[cfg(unix)]
    if error.kind() == io::ErrorKind::BrokenPipe {
        crate::interrupt::end_by(signal_hook::consts::signal::SIGPIPE);
    }
    if error.kind() != io::ErrorKind::BrokenPipe {
        noteln!("error: can't write to standard output: {error}");
    }
    std::process::exit(1)
}
