//! `help`.

use super::command::{self, Command, CommandError};
use crate::println;

pub(super) const COMMANDS: &[Command] = &[Command {
    name: "help",
    synopsis: "[COMMAND]",
    help: "list all commands, or say how one is used",
    run: help,
}];

fn help<'a>(words: &[&'a str]) -> Result<(), CommandError<'a>> {
    if let Some(name) = words.first() {
        print(command::find(name)?);
    } else {
        command::all().for_each(print);
    }
    Ok(())
}

fn print(command: &Command) {
    let widest = |word: fn(&Command) -> &str| command::all().map(|command| word(command).len()).max();
    let widths = [widest(|command| command.name), widest(|command| command.synopsis)];
    let [name, synopsis] = widths.map(Option::unwrap_or_default);
    println!("{:name$} {:synopsis$} {}", command.name, command.synopsis, command.help);
}
