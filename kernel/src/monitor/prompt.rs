//! The prompt, on serial port and keyboard.

use farjump_words::words::commands;

use super::{command, script};
use crate::exit::{self, ExitCode};
use crate::println;
use crate::tty::{self, Input};

/// Asks for commands and does them. Ctrl-D twice halts the CPU, and so does a machine with nothing to type on, for
/// which the input ends at once.
pub fn interact() -> ! {
    println!("`help` lists the commands");
    let mut has_ended = false;
    loop {
        match tty::read_line("> ") {
            Input::Line(line) => commands(&line).for_each(|line| {
                command::execute(line);
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

/// Whether the person at the prompt wants what can't be undone. A script does.
pub(super) fn confirms(what: &str) -> bool {
    if script::is_running() {
        return true;
    }
    println!("{what}");
    match tty::read_line("are you sure? [y/N] ") {
        Input::Line(line) => matches!(&*line, "y" | "Y" | "yes"),
        Input::Interrupted | Input::EndOfInput => false,
    }
}
