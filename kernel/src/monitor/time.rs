//! `uptime`, `date`.

use core::time::Duration;

use super::Monitor;
use super::command::{Command, CommandError};
use crate::device::rtc;
use crate::time::RateSource;
use crate::{println, time};

pub(super) const COMMANDS: &[Command] = &[
    Command { name: "uptime", synopsis: "", help: "time since the kernel's start", run: uptime },
    Command { name: "date", synopsis: "", help: "date and time by the machine's clock", run: date },
];

/// How long the rate of the time stamp counter is waited for: it is measured within some 60 ms of the start.
const MAX_MEASUREMENT: Duration = Duration::from_millis(200);

/// The rate of the time stamp counter in Hertz, and its source. A script may ask before it is measured.
pub(super) fn tsc_rate() -> Option<(u64, RateSource)> {
    time::spin_until(MAX_MEASUREMENT, || time::tsc_rate().is_some());
    time::tsc_rate()
}

fn uptime<'a>(_: &Monitor, _: &[&'a str]) -> Result<(), CommandError<'a>> {
    let up = time::uptime();
    let (seconds, milliseconds) = (up.as_secs(), up.subsec_millis());
    let (minutes, hours, days) = (seconds / 60 % 60, seconds / 3600 % 24, seconds / 86_400);
    println!("up {days} days, {hours:02}:{minutes:02}:{:02}.{milliseconds:03}", seconds % 60);
    println!("{} ticks of the timer", time::ticks());
    Ok(())
}

fn date<'a>(_: &Monitor, _: &[&'a str]) -> Result<(), CommandError<'a>> {
    println!("{}", rtc::now().map_err(CommandError::reported)?);
    Ok(())
}
