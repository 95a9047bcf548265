//! `help`.

use super::Monitor;
use super::command::{Command, CommandError};
use crate::println;

pub(super) const COMMANDS: &[Command] = &[Command {
    name: "help",
    synopsis: "[COMMAND]",
    help: "list all commands, or say how one is used",
    run: help,
}];

fn help<'a>(monitor: &Monitor, words: &[&'a str]) -> Result<(), CommandError<'a>> {
    if let Some(name) = words.first() {
        print(monitor, monitor.find(name)?);
    } else {
        monitor.commands().for_each(|command| print(monitor, command));
    }
    Ok(())
}

fn print(monitor: &Monitor, command: &Command) {
    let widest = |word: fn(&Command) -> &str| monitor.commands().map(|command| word(command).len()).max();
    let widths = [widest(|command| command.name), widest(|command| command.synopsis)];
    let [name, synopsis] = widths.map(Option::unwrap_or_default);
    println!("{:name$} {:synopsis$} {}", command.name, command.synopsis, command.help);
}
