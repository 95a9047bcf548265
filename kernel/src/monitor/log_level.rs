//! `log`: how much is logged.

use log::LevelFilter;

use super::Monitor;
use super::command::{Command, CommandError};
use crate::{logger, println};

pub(super) const COMMANDS: &[Command] = &[Command {
    name: "log",
    synopsis: "[LEVEL]",
    help: "show or set the log level: off error warn info debug trace",
    run: log_level,
}];

fn log_level<'a>(_: &Monitor, words: &[&'a str]) -> Result<(), CommandError<'a>> {
    let before = log::max_level();
    let Some(word) = words.first() else {
        println!("log: {}", name(before));
        return Ok(());
    };
    let names = || LevelFilter::iter().map(name);
    let level = LevelFilter::iter().find(|level| word.eq_ignore_ascii_case(name(*level)));
    let level = level.ok_or_else(|| CommandError::unknown("level", word, names()))?;
    logger::set_level(level);
    println!("log: {}, it was {}", name(level), name(before));
    Ok(())
}

/// The level's name, as typed.
fn name(level: LevelFilter) -> &'static str {
    match level {
        LevelFilter::Off => "off",
        LevelFilter::Error => "error",
        LevelFilter::Warn => "warn",
        LevelFilter::Info => "info",
        LevelFilter::Debug => "debug",
        LevelFilter::Trace => "trace",
    }
}
