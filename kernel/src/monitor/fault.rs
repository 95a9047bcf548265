//! `panic`: to see the report that it makes.

use super::command::{Command, CommandError};
use super::prompt;

pub(super) const COMMANDS: &[Command] = &[Command {
    name: "panic",
    synopsis: "",
    help: "panic, to see the report: the end of this run",
    run: panic_now,
}];

fn panic_now<'a>(_: &[&'a str]) -> Result<(), CommandError<'a>> {
    if !prompt::confirms("a panic ends this run") {
        return Err(CommandError::Refused("not done"));
    }
    panic!("somebody has typed `panic`")
}
