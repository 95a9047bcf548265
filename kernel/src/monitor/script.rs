//! `run=` on the command line: commands without a person at the keyboard.

use farjump_words::words::commands;

use super::Monitor;
use crate::exit::{self, ExitCode};
use crate::{power, println};

impl Monitor {
    /// Executes all commands of `script`, even after one has failed, and ends the machine. How many failed is
    /// said by the last line, and, under QEMU, by the status.
    pub fn run_script(&self, script: &str) -> ! {
        let scripted = Self { is_scripted: true, ..*self };
        let (mut done, mut failed) = (0, 0);
        for line in commands(script) {
            println!("> {line}");
            done += 1;
            failed += u32::from(!scripted.execute(line));
        }
        println!("run: {done} command{}, {failed} failed", if done == 1 { "" } else { "s" });
        end(failed == 0 && !exit::start_has_failed())
    }

    /// Whether commands come from a script, which can't answer questions.
    pub(super) const fn is_scripted(&self) -> bool {
        self.is_scripted
    }
}

/// Under QEMU, and where `exit` is wanted, the machine ends with a status that says how it went; otherwise success
/// switches it off.
fn end(is_success: bool) -> ! {
    if !is_success {
        exit::try_exit(ExitCode::Failed);
    } else if exit::is_wanted() {
        exit::try_exit(ExitCode::Success);
    }
    power::power_off()
}
