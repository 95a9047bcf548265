//! Finds the command that a line names, and does it.

use farjump_words::synopsis;
use farjump_words::words::CommandWords;

use super::Monitor;
use super::command::{Command, CommandError};
use crate::println;

impl Monitor {
    /// Returns the command of this name.
    pub(super) fn find<'a>(&self, name: &'a str) -> Result<&'static Command, CommandError<'a>> {
        let unknown = || CommandError::unknown("command", name, self.commands().map(|command| command.name));
        self.commands().find(|command| command.name == name).ok_or_else(unknown)
    }

    /// Does what a line says, and prints what is wrong with it. Returns whether nothing was.
    pub fn execute(&self, line: &str) -> bool {
        let words = match CommandWords::parse(line) {
            Ok(words) => words,
            Err(error) => {
                println!("{}", CommandError::Line(error));
                return false;
            }
        };
        let Some((&name, arguments)) = words.get().split_first() else { return true };
        let command = match self.find(name) {
            Ok(command) => command,
            Err(error) => {
                println!("{error}; `help` lists all");
                return false;
            }
        };
        let result = if synopsis::takes(command.synopsis, arguments.len()) {
            (command.run)(self, arguments)
        } else {
            Err(CommandError::Usage)
        };
        result.map_err(|error| report(command, error)).is_ok()
    }
}

/// Prints why a command wasn't done.
fn report(command: &Command, error: CommandError<'_>) {
    let Command { name, synopsis, help, .. } = command;
    match error {
        CommandError::Reported => {}
        CommandError::Usage => println!("usage: {name} {synopsis}"),
        error => {
            println!("{name}: {error}");
            if let CommandError::Unknown { nearest: None, .. } = error {
                println!("usage: {name} {synopsis}: {help}");
            }
        }
    }
}
