//! A kernel on farjump's kernel library: a thread that counts, and a monitor with two commands of its own.
//!
//! With `run="beats 3; quit"` on the command line, it runs these commands and stops; otherwise it opens a prompt.

#![no_std]
#![no_main]

use core::sync::atomic::{AtomicU64, Ordering};
use core::time::Duration;

use farjump_api::{BootInfo, entry_point};
use farjump_kernel::exit::{self, ExitCode};
use farjump_kernel::monitor::{self, Command, CommandError, Monitor};
use farjump_kernel::thread::{self, Builder};
use farjump_kernel::{command_line, println};

entry_point!(main);

/// The library's commands, then those of this kernel.
const MONITOR: Monitor = Monitor::new(&[monitor::BUILT_IN, MY_COMMANDS]);

const MY_COMMANDS: &[Command] = &[
    Command { name: "beats", synopsis: "COUNT", help: "wait for so many beats of the heart", run: beats },
    Command { name: "quit", synopsis: "", help: "end the run", run: quit },
];

fn main(boot_info: &'static BootInfo) -> ! {
    farjump_kernel::init(boot_info);
    let words = boot_info.command_line.get();
    command_line::warn(words, &[]);
    thread::start_as_told(command_line::value(words, "sched"));
    // This thread, the first one, continues; the heart beats concurrently until the machine stops.
    if let Err(error) = Builder::new("heart").spawn(beat) {
        log_and_quit(&error);
    }
    println!("Hello from a kernel on the library");
    match command_line::value(words, "run") {
        Some(script) => MONITOR.run_script(script),
        None => MONITOR.interact(),
    }
}

/// Beats so far.
static BEATS: AtomicU64 = AtomicU64::new(0);

const PERIOD: Duration = Duration::from_millis(20);

fn beat() {
    loop {
        thread::sleep_for(PERIOD);
        BEATS.fetch_add(1, Ordering::Relaxed);
    }
}

fn beats<'a>(_: &Monitor, words: &[&'a str]) -> Result<(), CommandError<'a>> {
    let &[count] = words else { return Err(CommandError::Usage) };
    let count = monitor::number(count)?;
    let before = BEATS.load(Ordering::Relaxed);
    while BEATS.load(Ordering::Relaxed).saturating_sub(before) < count {
        thread::sleep_for(PERIOD);
    }
    println!("the heart has beaten {count} times or more");
    Ok(())
}

fn quit<'a>(_: &Monitor, _: &[&'a str]) -> Result<(), CommandError<'a>> {
    exit::exit(ExitCode::Success)
}

fn log_and_quit(error: &dyn core::fmt::Display) -> ! {
    println!("no thread: {error}");
    exit::exit(ExitCode::Failed)
}
