//! What a choice costs: cycles of the host's time stamp counter for one `yield_now` with `reschedule`, by policy
//! and number of ready tasks. Prints `policy,tasks,cycles`; `cargo xtask bench sched` makes the table.
//!
//! The least of many runs counts: whatever else the machine does only adds to it.

use std::arch::x86_64::_rdtsc;
use std::hint::black_box;
use std::num::NonZeroU32;

use farjump_scheduler::{Config, NewTask, PolicyKind, Scheduler};

/// Tasks that the largest case has.
const MOST: usize = 256;

/// Choices of a run: enough that reading the counter doesn't show.
const CHOICES: u64 = 256;

/// Runs, of which the fastest counts.
const RUNS: usize = 2000;

fn main() {
    for kind in PolicyKind::ALL {
        for tasks in [1, 8, 64, MOST] {
            println!("{},{tasks},{}", kind.name(), cycles(kind, tasks));
        }
    }
}

/// Cycles of a choice among `tasks` that are ready.
fn cycles(kind: PolicyKind, tasks: usize) -> u64 {
    let policy = kind.with_quantum(NonZeroU32::MIN.saturating_add(9));
    let mut scheduler = Box::new(Scheduler::<(), MOST>::new(Config::new(policy), ()));
    for number in 0..tasks {
        let priority = if number % 2 == 0 { 3 } else { 5 };
        let spawned = scheduler.spawn(NewTask { priority, burst: 1 + number as u64 });
        assert!(spawned.is_ok(), "there is room for {MOST} tasks");
    }
    scheduler.reschedule();
    (0..RUNS).map(|_| run(&mut scheduler)).min().unwrap_or(0) / CHOICES
}

fn run(scheduler: &mut Scheduler<(), MOST>) -> u64 {
    let start = timestamp();
    for _ in 0..CHOICES {
        scheduler.yield_now();
        black_box(scheduler.reschedule());
    }
    timestamp() - start
}

fn timestamp() -> u64 {
    // SAFETY: every x86-64 CPU has the instruction, and it changes nothing but registers. An operating system that
    // forbids it to programs ends this one.
    unsafe { _rdtsc() }
}
