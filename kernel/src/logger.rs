//! The `log` crate's records on the console.

use log::{LevelFilter, Log, Metadata, Record};

struct ConsoleLogger;

static LOGGER: ConsoleLogger = ConsoleLogger;

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

impl Log for ConsoleLogger {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.level() <= log::max_level()
    }

    fn log(&self, record: &Record<'_>) {
        if self.enabled(record.metadata()) {
            crate::println!("{:5} {}: {}", record.level(), record.target(), record.args());
        }
    }

    fn flush(&self) {}
}
