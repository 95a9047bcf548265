//! Threads that run bytecode programs: an instruction a tick, as in the simulator, but on the timer's ticks.

use alloc::boxed::Box;
use core::fmt;

use farjump_bytecode::{Action, Host, LoadError, Machine, Program};
use x86_64::instructions::interrupts::without_interrupts;

use crate::thread::{
    Builder, JoinHandle, SpawnError, ThreadName, current, own_ticks, set_priority, sleep, yield_now,
};
use crate::{println, time};

/// Spawns a thread that runs the program in `file`, under the name that the file has for it, or else `name`.
///
/// # Errors
/// [`ProgramError`].
pub fn spawn_program(name: &str, file: &[u8]) -> Result<JoinHandle, ProgramError> {
    let program = Program::load(file).map_err(ProgramError::Load)?;
    let machine = Box::new(Machine::new(program.clone()));
    let name = if program.name().is_empty() { name } else { program.name() };
    let thread = Builder::new(name).priority(program.priority()).delay(program.arrival().into());
    let host = Output(ThreadName::new(name).ok_or(SpawnError::Name)?);
    Ok(thread.spawn(move || run(machine, host))?)
}

/// What a program does to the world.
struct Output(ThreadName);

impl Host for Output {
    fn print(&mut self, value: i32) {
        println!("[{}]: {value}", self.0);
    }

    fn set_priority(&mut self, priority: u8) {
        // It runs, so it is there.
        let _ = set_priority(current(), priority);
    }
}

fn run(mut machine: Box<Machine>, mut host: Output) {
    loop {
        let action = machine.tick(&mut host);
        run_for_a_tick();
        match action {
            Action::Runs => {}
            Action::Yields => yield_now(),
            Action::Sleeps(ticks) => sleep(ticks.into()),
            Action::Exits => return,
            Action::Faults(fault) => return log::error!("program {}: {fault}", host.0),
        }
    }
}

/// Has the CPU until a tick is charged to this thread.
fn run_for_a_tick() {
    let before = own_ticks();
    // Between the question and the halt no tick may come: it would cost another one.
    without_interrupts(|| {
        while own_ticks() == before {
            // Until the next interrupt: this thread has the CPU, and nothing to do with it.
            time::wait_for_interrupt();
        }
    });
}

/// Why there is no thread for a program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProgramError {
    /// The file is no program.
    Load(LoadError),
    /// No thread could be spawned.
    Spawn(SpawnError),
}

impl From<SpawnError> for ProgramError {
    fn from(error: SpawnError) -> Self {
        Self::Spawn(error)
    }
}

impl fmt::Display for ProgramError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Load(error) => error.fmt(f),
            Self::Spawn(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for ProgramError {}
