//! `run=` on the command line: commands without anybody at the keyboard.

use core::sync::atomic::{AtomicBool, Ordering};

use farjump_words::words::commands;

use super::command;
use crate::exit::{self, ExitCode};
use crate::{power, println};

/// Whether commands come from a script, which can't answer questions.
static SCRIPTED: AtomicBool = AtomicBool::new(false);

/// Does the commands of `script`, all of them, whatever becomes of each, and ends the machine. How many failed is
/// said by the last line, and, under QEMU, by the status.
pub fn run_script(script: &str) -> ! {
    SCRIPTED.store(true, Ordering::Relaxed);
    let (mut done, mut failed) = (0, 0);
    for line in commands(script) {
        println!("> {line}");
        done += 1;
        failed += u32::from(!command::execute(line));
    }
    println!("run: {done} command{}, {failed} failed", if done == 1 { "" } else { "s" });
    end(failed == 0 && !exit::start_has_failed())
}

/// Whoever waits for the machine is told how it went, where there is a way; success without anybody waiting is
/// told by switching off.
fn end(is_success: bool) -> ! {
    if !is_success {
        exit::try_exit(ExitCode::Failed);
    } else if exit::is_wanted() {
        exit::try_exit(ExitCode::Success);
    }
    power::power_off()
}

/// Whether there is nobody to ask.
pub(super) fn is_running() -> bool {
    SCRIPTED.load(Ordering::Relaxed)
}
