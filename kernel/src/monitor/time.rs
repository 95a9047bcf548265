//! `uptime`, `date`.

use super::command::{Command, CommandError};
use crate::device::rtc;
use crate::{println, time};

pub(super) const COMMANDS: &[Command] = &[
    Command { name: "uptime", synopsis: "", help: "time since the kernel's start", run: uptime },
    Command { name: "date", synopsis: "", help: "date and time by the machine's clock", run: date },
];

fn uptime<'a>(_: &[&'a str]) -> Result<(), CommandError<'a>> {
    let up = time::uptime();
    let (seconds, milliseconds) = (up.as_secs(), up.subsec_millis());
    let (minutes, hours, days) = (seconds / 60 % 60, seconds / 3600 % 24, seconds / 86_400);
    println!("up {days} days, {hours:02}:{minutes:02}:{:02}.{milliseconds:03}", seconds % 60);
    println!("{} ticks of the timer", time::ticks());
    Ok(())
}

fn date<'a>(_: &[&'a str]) -> Result<(), CommandError<'a>> {
    println!("{}", rtc::now().map_err(CommandError::reported)?);
    Ok(())
}
