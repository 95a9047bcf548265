//! `ps`, `spawn`, `wait`, `kill`, `sched`, `trace`: threads.

use alloc::vec::Vec;

use scheduler::PolicyKind;

use super::command::{self, Command, CommandError};
use crate::arch::raise::CAUSES;
use crate::task::{self, NewThread};
use crate::volume::BootVolume;
use crate::{boot_info, input, println};

pub(super) const COMMANDS: &[Command] = &[
    Command { name: "ps", synopsis: "", help: "threads: state, priority, ticks and switches", run: list },
    Command {
        name: "spawn",
        synopsis: "NAME",
        help: "a thread that runs /programs/NAME.bin; busy and faulty are there without a file",
        run: spawn,
    },
    Command { name: "wait", synopsis: "NUMBER", help: "waits for a thread's end, or for Ctrl-C", run: wait },
    Command { name: "kill", synopsis: "NUMBER", help: "ends a thread", run: kill },
    Command {
        name: "sched",
        synopsis: "[POLICY]",
        help: "who runs next: fcfs, sjf, srtf, rr, priority or mlfq",
        run: policy,
    },
    Command { name: "trace", synopsis: "", help: "the last scheduling events, as CSV", run: trace },
];

fn list<'a>(_: &[&'a str]) -> Result<(), CommandError<'a>> {
    println!("number name                            state    priority level     ticks  switches");
    for thread in task::threads() {
        let (name, task) = (thread.name, thread.task);
        let state = task::state_name(task.state);
        println!(
            "{:6} {name:31} {state:8} {:8} {:5} {:9} {:9}",
            thread.number, task.priority, task.level, task.ticks, task.switches
        );
    }
    Ok(())
}

/// Threads that need no file: a name and what it does.
const BUILT_IN: [(&str, fn()); 2] = [("busy", run_for_ever), ("faulty", read_null)];

/// Never yields: others run if the policy lets them.
fn run_for_ever() {
    loop {
        // Not a `pause`: an emulator may take a thousand times as long for that as for another instruction.
        core::hint::black_box(());
    }
}

fn read_null() {
    if let Some(cause) = CAUSES.iter().find(|cause| cause.name == "null") {
        (cause.raise)();
    }
}

fn spawn<'a>(words: &[&'a str]) -> Result<(), CommandError<'a>> {
    let &[name] = words else { return Err(CommandError::Usage) };
    let built_in = BUILT_IN.iter().find(|(built_in, _)| *built_in == name);
    let thread = match built_in {
        Some((_, main)) => NewThread::new(name).spawn(*main).map_err(CommandError::reported)?,
        None => {
            let file = program(name)?;
            task::spawn_program(name, &file).map_err(CommandError::reported)?
        }
    };
    println!("thread {}", thread.number());
    Ok(())
}

/// A program's bytes: the loader's, if it has brought the file along, or read now.
fn program<'a>(name: &str) -> Result<Vec<u8>, CommandError<'a>> {
    let path = alloc::format!("/programs/{name}.bin");
    let modules = boot_info().map_or(&[][..], |boot_info| boot_info.modules.get());
    if let Some(module) = modules.iter().find(|module| module.name.get() == path) {
        return Ok(module.bytes.get().to_vec());
    }
    let mut volume = BootVolume::open().map_err(CommandError::reported)?;
    volume.read_file(&path).map_err(CommandError::reported)
}

fn wait<'a>(words: &[&'a str]) -> Result<(), CommandError<'a>> {
    /// Ticks between two looks for Ctrl-C.
    const PATIENCE: u64 = 50;
    let &[number] = words else { return Err(CommandError::Usage) };
    let number = command::number(number)?;
    let none = CommandError::Refused("there is no such thread (any more); `ps` lists them");
    let thread = task::find(number).ok_or(none)?;
    loop {
        if let Some(end) = thread.join_for(PATIENCE) {
            println!("thread {number} {end}");
            return Ok(());
        }
        if input::take_interrupt() {
            return Err(CommandError::Refused("it goes on"));
        }
    }
}

fn kill<'a>(words: &[&'a str]) -> Result<(), CommandError<'a>> {
    let &[number] = words else { return Err(CommandError::Usage) };
    let number = command::number(number)?;
    task::kill(number).map_err(CommandError::reported)
}

fn policy<'a>(words: &[&'a str]) -> Result<(), CommandError<'a>> {
    if let [name] = words {
        let names = PolicyKind::ALL.map(PolicyKind::name);
        let config = task::policy(name).map_err(|_| CommandError::unknown("policy", name, names))?;
        task::set_policy(config);
    }
    match task::config() {
        Some(config) => println!("{}", config.policy.kind().name()),
        None => println!("there are no threads"),
    }
    Ok(())
}

fn trace<'a>(_: &[&'a str]) -> Result<(), CommandError<'a>> {
    println!("t,task,kind");
    task::trace().iter().for_each(|line| println!("{line}"));
    Ok(())
}
