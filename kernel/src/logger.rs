//! The `log` crate's records on the console, and the last of them in memory for the report of a fault.

use core::fmt::{self, Write as _};

use log::{LevelFilter, Log, Metadata, Record};

use crate::sync::{IrqMutex, NeverReturns};
use crate::time;

struct ConsoleLogger;

static LOGGER: ConsoleLogger = ConsoleLogger;

/// Bytes of the log that are kept.
const KEPT_BYTES: usize = 2048;

/// Lines of them that a report shows.
const SHOWN_LINES: usize = 10;

/// The last bytes of the log. `written` modulo the size is where the next byte goes.
struct LogRing {
    bytes: [u8; KEPT_BYTES],
    written: usize,
}

static LOG_RING: IrqMutex<LogRing> = IrqMutex::new(LogRing { bytes: [0; KEPT_BYTES], written: 0 });

/// Installs the logger. `level` is the command line's `log=`: a level's name, `info` where there is none.
pub(crate) fn init(level: Option<&str>) {
    let parsed = level.map(str::parse::<LevelFilter>);
    let filter = if let Some(Ok(filter)) = parsed { filter } else { LevelFilter::Info };
    if log::set_logger(&LOGGER).is_ok() {
        log::set_max_level(filter);
    }
    if let (Some(level), Some(Err(_))) = (level, parsed) {
        log::warn!("log={level}: no such level; use off, error, warn, info, debug or trace");
    }
}

/// Sets the log level: records of this level and more severe ones are logged.
pub fn set_level(level: LevelFilter) {
    log::set_max_level(level);
}

/// For a report of the end. The holder leaves at most a line without its end.
pub(crate) fn break_lock(proof: &NeverReturns) {
    LOG_RING.break_lock(proof);
}

/// Prints the last lines of the log, for a report: nothing where there are none, or they can't be read.
pub(crate) fn print_last_lines() {
    let Some(last) = LOG_RING.try_lock() else { return };
    let [older, newer] = last.parts().map(|bytes| core::str::from_utf8(bytes).unwrap_or_default());
    let lines = || older.lines().chain(newer.lines()).filter(|line| !line.is_empty());
    let skipped = lines().count().saturating_sub(SHOWN_LINES);
    if lines().next().is_some() {
        crate::println!("last lines of the log:");
    }
    lines().skip(skipped).for_each(|line| crate::println!("  {line}"));
}

impl LogRing {
    /// The bytes in the order in which they came.
    fn parts(&self) -> [&[u8]; 2] {
        let (newer, older) = self.bytes.split_at(self.written % KEPT_BYTES);
        if self.written < KEPT_BYTES { [&[], newer] } else { [older, newer] }
    }
}

impl fmt::Write for LogRing {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for byte in text.bytes() {
            self.bytes[self.written % KEPT_BYTES] = byte;
            self.written += 1;
        }
        Ok(())
    }
}

impl Log for ConsoleLogger {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.level() <= log::max_level()
    }

    fn log(&self, record: &Record<'_>) {
        if !self.enabled(record.metadata()) {
            return;
        }
        let (level, target, message) = (record.level(), record.target(), record.args());
        let since_start = time::uptime();
        let (seconds, microseconds) = (since_start.as_secs(), since_start.subsec_micros());
        crate::println!("[{seconds:5}.{microseconds:06}] {level:5} {target}: {message}");
        // Not there for a handler that has interrupted this very line: its own is on the console alone.
        if let Some(mut last) = LOG_RING.try_lock() {
            // Infallible, but for a Display that fails: its line has ended early on the console too.
            let _ = writeln!(last, "[{seconds:5}.{microseconds:06}] {level:5} {target}: {message}");
        }
    }

    fn flush(&self) {}
}
