//! `panic`, `fault`: to see the reports that they make.

use super::Monitor;
use super::command::{self, Command, CommandError};
use crate::arch::raise::{self, INJECTIONS};
use crate::println;
use farjump_x86::Exception;

pub(super) const COMMANDS: &[Command] = &[
    Command {
        name: "panic",
        synopsis: "",
        help: "panic, to see the report: the end of this run",
        run: panic_now,
    },
    Command {
        name: "fault",
        synopsis: "[KIND|VECTOR]",
        help: "raise an exception, to see the report; alone: list the kinds",
        run: fault,
    },
];

fn panic_now<'a>(monitor: &Monitor, _: &[&'a str]) -> Result<(), CommandError<'a>> {
    confirm(monitor)?;
    panic!("panic requested from the monitor")
}

fn fault<'a>(monitor: &Monitor, words: &[&'a str]) -> Result<(), CommandError<'a>> {
    let Some(word) = words.first() else {
        INJECTIONS.iter().for_each(|injection| println!("{:15}{}", injection.name, injection.what));
        println!("0 to 31        that exception, by INT");
        return Ok(());
    };
    if word.starts_with(|first: char| first.is_ascii_digit()) {
        let vector = command::number(word)?;
        let none = CommandError::Rejected("exceptions have the vectors 0 to 31");
        let exception = Exception::of_vector(vector).ok_or(none)?;
        confirm_unless(monitor, exception == Exception::BREAKPOINT)?;
        raise::interrupt(exception);
        return Ok(());
    }
    let injection = INJECTIONS.iter().find(|injection| injection.name == *word);
    let unknown = || CommandError::unknown("kind", word, INJECTIONS.iter().map(|injection| injection.name));
    let injection = injection.ok_or_else(unknown)?;
    confirm_unless(monitor, injection.name == "breakpoint")?;
    (injection.raise)();
    Ok(())
}

fn confirm_unless<'a>(monitor: &Monitor, returns: bool) -> Result<(), CommandError<'a>> {
    if returns { Ok(()) } else { confirm(monitor) }
}

fn confirm<'a>(monitor: &Monitor) -> Result<(), CommandError<'a>> {
    let sure = monitor.confirms("this ends the run");
    if sure { Ok(()) } else { Err(CommandError::Rejected("not done")) }
}
