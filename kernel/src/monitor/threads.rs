//! `ps`, `spawn`, `wait`, `kill`, `sched`, `trace`: threads.

use alloc::vec::Vec;

use farjump_scheduler::PolicyKind;

use super::Monitor;
use super::command::{self, Command, CommandError};
use crate::arch::raise::INJECTIONS;
use crate::thread::{self, Builder, ExitReason, JoinHandle};
use crate::tty::input;
use crate::volume::{BootVolume, VolumeError};
use crate::{boot, print, println, program};

pub(super) const COMMANDS: &[Command] = &[
    Command {
        name: "ps",
        synopsis: "",
        help: "threads: state, priority, ticks, switches; under sjf and srtf the ticks that each is guessed to run",
        run: list,
    },
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
        help: "show or set the scheduling policy: fcfs, sjf, srtf, rr, priority or mlfq",
        run: policy,
    },
    Command { name: "trace", synopsis: "", help: "the last scheduling events, as CSV", run: trace },
];

fn list<'a>(_: &Monitor, _: &[&'a str]) -> Result<(), CommandError<'a>> {
    let shows_estimates = thread::config().is_some_and(|config| thread::goes_by_estimates(&config));
    print!("number name                            state    priority level     ticks  switches");
    println!("{}", if shows_estimates { "  estimate" } else { "" });
    for thread in thread::threads() {
        let (name, task) = (thread.name, thread.task);
        let state = thread::state_name(task.state);
        print!(
            "{:6} {name:31} {state:8} {:8} {:5} {:9} {:9}",
            thread.number, task.priority, task.level, task.ticks, task.switches
        );
        if shows_estimates {
            print!(" {:9}", task.estimate);
        }
        println!();
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
    if let Some(injection) = INJECTIONS.iter().find(|injection| injection.name == "null") {
        (injection.raise)();
    }
}

fn spawn<'a>(_: &Monitor, words: &[&'a str]) -> Result<(), CommandError<'a>> {
    let &[name] = words else { return Err(CommandError::Usage) };
    let built_in = BUILT_IN.iter().find(|(built_in, _)| *built_in == name);
    let thread = match built_in {
        Some((_, main)) => {
            Builder::new(name).spawn(*main).map_err(|error| CommandError::about(name, error))?
        }
        None => spawn_program(name)?,
    };
    println!("thread {}", thread.number());
    Ok(())
}

/// A program of the boot volume.
fn spawn_program<'a>(name: &str) -> Result<JoinHandle, CommandError<'a>> {
    let path = alloc::format!("/programs/{name}.bin");
    let file = read(&path).map_err(|error| CommandError::about(&path, error))?;
    program::spawn_program(name, &file).map_err(|error| CommandError::about(&path, error))
}

/// A program's bytes: the loader's, which has verified them in a signed boot, or read now.
fn read(path: &str) -> Result<Vec<u8>, VolumeError> {
    let modules = boot::info().map_or(&[][..], |boot_info| boot_info.modules.get());
    if let Some(module) = modules.iter().find(|module| module.name.get() == path) {
        return Ok(module.bytes.get().to_vec());
    }
    BootVolume::open()?.read_code(path)
}

fn wait<'a>(_: &Monitor, words: &[&'a str]) -> Result<(), CommandError<'a>> {
    let &[number] = words else { return Err(CommandError::Usage) };
    let number = command::number(number)?;
    if number == thread::current() {
        return Err(CommandError::Rejected("that is the thread that would wait: the monitor's own"));
    }
    let none = CommandError::Rejected("there is no such thread (any more); `ps` lists them");
    let thread = thread::find(number).ok_or(none)?;
    let end = wait_for_end(&thread).ok_or(CommandError::Rejected("still running"))?;
    println!("thread {number} {end}");
    Ok(())
}

/// Waits for a thread's end, or for Ctrl-C: `None`.
pub(super) fn wait_for_end(thread: &JoinHandle) -> Option<ExitReason> {
    /// Ticks between two looks for Ctrl-C.
    const PATIENCE: u64 = 50;
    loop {
        if let Some(end) = thread.join_for(PATIENCE) {
            return Some(end);
        }
        if input::take_interrupt() {
            return None;
        }
    }
}

fn kill<'a>(_: &Monitor, words: &[&'a str]) -> Result<(), CommandError<'a>> {
    let &[number] = words else { return Err(CommandError::Usage) };
    let number = command::number(number)?;
    thread::kill(number).map_err(|error| CommandError::about("kill", error))
}

fn policy<'a>(_: &Monitor, words: &[&'a str]) -> Result<(), CommandError<'a>> {
    if let [name] = words {
        let names = PolicyKind::ALL.map(PolicyKind::name);
        let config = thread::policy(name).map_err(|_| CommandError::unknown("policy", name, names))?;
        thread::set_policy(config);
    }
    match thread::config() {
        Some(config) => println!("{}", thread::describe(&config)),
        None => println!("there are no threads"),
    }
    Ok(())
}

fn trace<'a>(_: &Monitor, _: &[&'a str]) -> Result<(), CommandError<'a>> {
    println!("t,task,kind");
    thread::trace().iter().for_each(|line| println!("{line}"));
    Ok(())
}
