//! `run=` on the command line: commands without anybody at the keyboard.

use core::sync::atomic::{AtomicBool, Ordering};

use command_words::words::commands;

use super::command;
use crate::exit::{self, ExitCode};
use crate::println;

/// Whether commands come from a script, which can't answer questions.
static SCRIPTED: AtomicBool = AtomicBool::new(false);

/// Does the commands of `script`, all of them, whatever becomes of each, and ends the machine. How many failed is
/// said by its last line, and, under QEMU, by the status.
pub fn run_script(script: &str) -> ! {
    SCRIPTED.store(true, Ordering::Relaxed);
    let (mut done, mut failed) = (0, 0);
    for line in commands(script) {
        println!("> {line}");
        done += 1;
        failed += u32::from(!command::execute(line));
    }
    println!("run: {done} commands, {failed} failed");
    exit::exit(if failed == 0 { ExitCode::Success } else { ExitCode::Failed })
}

/// Whether there is nobody to ask.
pub(super) fn is_running() -> bool {
    SCRIPTED.load(Ordering::Relaxed)
}
