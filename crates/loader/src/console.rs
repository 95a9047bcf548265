//! The loader's log: errors, and messages about progress unless the configuration sets `quiet`.

use core::fmt;

use crate::boot_error::Error;
use crate::platform::{Console, Platform};

/// A console, and whether only errors are printed.
#[derive(Debug)]
pub struct Log<C> {
    console: C,
    quiet: bool,
}

impl<C: Console> Log<C> {
    /// Returns a log that prints everything.
    pub const fn new(console: C) -> Self {
        Self { console, quiet: false }
    }

    /// Prints only errors from now on.
    pub const fn silence(&mut self) {
        self.quiet = true;
    }

    /// Prints `loader: ` and a line, unless it is quiet.
    #[inline(never)] // a copy in each caller would make the loader larger
    pub fn info(&mut self, line: fmt::Arguments<'_>) {
        if !self.quiet {
            self.console.line(format_args!("loader: {line}"));
        }
    }

    /// Prints why the boot failed: all errors are printed here. The result proves that this was done. It is zero-sized, so
    /// returning it through all callers has no overhead.
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

/// The boot has failed, and the reason has been printed.
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
