//! The prompt, on serial port and keyboard.

use farjump_words::words::commands;

use super::Monitor;
use crate::exit::{self, ExitCode};
use crate::println;
use crate::tty::{self, Input};

impl Monitor {
    /// Asks for commands and does them. Ctrl-D twice halts the CPU, and so does a machine with nothing to type on, for
    /// which the input ends at once.
    pub fn interact(&self) -> ! {
        println!("`help` lists the commands");
        let mut has_ended = false;
        loop {
            match tty::read_line("> ") {
                Input::Line(line) => commands(&line).for_each(|line| {
                    self.execute(line);
                }),
                Input::Interrupted => {}
                Input::EndOfInput if has_ended => exit::finish(ExitCode::Success),
                Input::EndOfInput => {
                    println!("end of input: a second one halts the CPU; `poweroff` switches the machine off");
                    has_ended = true;
                    continue;
                }
            }
            has_ended = false;
        }
    }

    /// Asks whether what can't be undone is wanted: `what` says what it is. A script isn't asked: it is.
    #[must_use]
    pub fn confirms(&self, what: &str) -> bool {
        if self.is_scripted() {
            return true;
        }
        println!("{what}");
        match tty::read_line("are you sure? [y/N] ") {
            Input::Line(line) => matches!(&*line, "y" | "Y" | "yes"),
            Input::Interrupted | Input::EndOfInput => false,
        }
    }
}
