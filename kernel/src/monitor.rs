//! The monitor: commands to look into the running kernel, typed, or from the command line.
//!
//! | file | has |
//! |---|---|
//! | `monitor/command.rs` | what a command is, and what can be wrong with one |
//! | `monitor/execute.rs` | finds a command and does it |
//! | `monitor/prompt.rs` | the prompt, on serial port and keyboard |
//! | `monitor/script.rs` | `run=` on the command line |
//! | every other one | the commands of one subject |
//!
//! Its commands are those of the tables that it is made of: [`BUILT_IN`], and those of the kernel that uses it.
//!
//! ```text
//! Monitor::new(&[monitor::BUILT_IN, MY_COMMANDS]).interact()
//! ```
//!
//! What a person types can be undone, or is refused with a reason; what ends the machine asks first, but for a script.

mod boot;
mod bytes;
mod command;
mod cpu;
mod disk;
mod execute;
mod fault;
mod help;
mod interrupts;
mod log_level;
mod memory;
mod modules;
mod power;
mod prompt;
mod script;
mod threads;
mod time;

pub use command::{Command, CommandError, Run, number};

/// Commands by subject, in the order in which `help` shows them.
const SUBJECTS: &[&[Command]] = &[
    help::COMMANDS,
    boot::COMMANDS,
    cpu::COMMANDS,
    memory::COMMANDS,
    bytes::COMMANDS,
    modules::COMMANDS,
    interrupts::COMMANDS,
    time::COMMANDS,
    disk::COMMANDS,
    log_level::COMMANDS,
    threads::COMMANDS,
    fault::COMMANDS,
    power::COMMANDS,
];

/// The commands of the kernel library.
pub const BUILT_IN: &[Command] = &joined();

const BUILT_IN_COUNT: usize = {
    let (mut count, mut subject) = (0, 0);
    while subject < SUBJECTS.len() {
        count += SUBJECTS[subject].len();
        subject += 1;
    }
    count
};

/// Returns the commands of all subjects, one after the other.
const fn joined() -> [Command; BUILT_IN_COUNT] {
    let mut all = [SUBJECTS[0][0]; BUILT_IN_COUNT];
    let (mut next, mut subject) = (0, 0);
    while subject < SUBJECTS.len() {
        let mut index = 0;
        while index < SUBJECTS[subject].len() {
            all[next] = SUBJECTS[subject][index];
            next += 1;
            index += 1;
        }
        subject += 1;
    }
    all
}

/// A monitor with the commands of some tables.
#[derive(Debug, Clone, Copy)]
pub struct Monitor {
    tables: &'static [&'static [Command]],
    is_scripted: bool,
}

impl Monitor {
    /// Returns a monitor with the commands of `tables`, in the order in which `help` shows them. Of two commands of the
    /// same name, the first counts.
    #[must_use]
    pub const fn new(tables: &'static [&'static [Command]]) -> Self {
        Self { tables, is_scripted: false }
    }

    /// Returns all commands.
    pub fn commands(&self) -> impl Iterator<Item = &'static Command> + use<> {
        self.tables.iter().copied().flatten()
    }
}
