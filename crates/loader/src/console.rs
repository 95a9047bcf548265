//! Lines for people: what goes well, unless the configuration wants it `quiet`, and errors.

use core::fmt;

use crate::boot_error::Error;
use crate::platform::{Console, Platform};

/// A console, and whether it is to be quiet.
#[derive(Debug)]
pub struct Log<C> {
    console: C,
    quiet: bool,
}

impl<C: Console> Log<C> {
    /// A log of everything.
    pub const fn new(console: C) -> Self {
        Self { console, quiet: false }
    }

    /// From now on, only errors are printed.
    pub const fn silence(&mut self) {
        self.quiet = true;
    }

    /// Prints `loader: ` and a line, unless it is quiet.
    #[inline(never)] // or every line of a boot has it
    pub fn info(&mut self, line: fmt::Arguments<'_>) {
        if !self.quiet {
            self.console.line(format_args!("loader: {line}"));
        }
    }

    /// Says why there is no boot. The one place where errors are printed; what comes back says that it was done, and
    /// has no size, so that it costs nothing on its way up.
    #[cold]
    #[inline(never)]
    pub(crate) fn fail<'m, P: Platform<'m, Console = C>>(&mut self, error: &Error<'m, P>) -> Failed {
        self.error(format_args!("{error}"));
        Failed(())
    }

    /// Prints `loader: error: ` and a line.
    pub fn error(&mut self, line: fmt::Arguments<'_>) {
        self.console.line(format_args!("loader: error: {line}"));
    }
}

/// There is no boot, and the console says why.
#[derive(Debug)]
pub(crate) struct Failed(());

/// Prints `loader: ` and a line.
macro_rules! info {
    ($log:expr, $($line:tt)*) => { $log.info(format_args!($($line)*)) };
}

/// Prints `loader: error: ` and a line, even when the log is quiet.
macro_rules! error {
    ($log:expr, $($line:tt)*) => { $log.error(format_args!($($line)*)) };
}

pub(crate) use {error, info};
