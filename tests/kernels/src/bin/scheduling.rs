//! The kernel's threads under the six policies: on a simulated clock they leave the simulator's trace, event by event.

#![no_std]
#![no_main]

extern crate alloc;

use alloc::vec::Vec;
use core::num::NonZeroU32;

use farjump_api::BootInfo;
use farjump_kernel::thread::{self, Builder, ExitReason};
use farjump_scheduler::simulation::{self, Job};
use farjump_scheduler::{AtExpiry, Config, Event, EventKind, Policy, PolicyKind, Recorder, RoundRobin};
use test_kernels::test_kernel;

test_kernel!(
    fcfs_is_as_simulated,
    sjf_is_as_simulated,
    srtf_is_as_simulated,
    round_robin_is_as_simulated,
    priority_is_as_simulated,
    mlfq_is_as_simulated,
);

/// Jobs that arrive together and apart, sleep, and tie.
const JOBS: [Job<'static>; 6] = [
    Job { arrival: 0, priority: 3, bursts: &[7, 4, 5] },
    Job { arrival: 0, priority: 1, bursts: &[2, 3, 2, 3, 9] },
    Job { arrival: 2, priority: 3, bursts: &[12] },
    Job { arrival: 5, priority: 0, bursts: &[1, 1, 1, 1, 1] },
    Job { arrival: 5, priority: 2, bursts: &[4, 20, 4] },
    Job { arrival: 60, priority: 1, bursts: &[3] },
];

/// More than all of it takes.
const LIMIT: u64 = 1_000;

fn quantum(ticks: u32) -> NonZeroU32 {
    NonZeroU32::new(ticks).expect("it isn't zero")
}

fn fcfs_is_as_simulated(_: &BootInfo) {
    compare(PolicyKind::Fcfs);
}

fn sjf_is_as_simulated(_: &BootInfo) {
    compare(PolicyKind::Sjf);
}

fn srtf_is_as_simulated(_: &BootInfo) {
    compare(PolicyKind::Srtf);
}

fn round_robin_is_as_simulated(_: &BootInfo) {
    compare(PolicyKind::RoundRobin);
    let at_expiry = AtExpiry::ExpiredFirst;
    compare_config(Config::new(Policy::RoundRobin(RoundRobin { quantum: quantum(1), at_expiry })));
}

fn priority_is_as_simulated(_: &BootInfo) {
    compare(PolicyKind::Priority);
}

fn mlfq_is_as_simulated(_: &BootInfo) {
    compare(PolicyKind::Mlfq);
}

fn compare(kind: PolicyKind) {
    for ticks in [1, 2, 4] {
        compare_config(Config::new(kind.with_quantum(quantum(ticks))));
    }
}

/// An event, with the job's index in the place of its id.
type Line = (u64, Option<usize>, EventKind);

fn compare_config(config: Config) {
    let simulated = simulated(config);
    assert!(simulated.len() > 4 * JOBS.len(), "{} events", simulated.len());
    let threads = of_threads(config);
    for (line, (thread, simulated)) in threads.iter().zip(&simulated).enumerate() {
        assert_eq!(thread, simulated, "event {line} of {config:?}");
    }
    assert_eq!(threads.len(), simulated.len());
}

struct Lines(Vec<Line>);

impl Recorder for Lines {
    fn record(&mut self, Event { tick, task, kind }: Event) {
        self.0.push((tick, task.map(farjump_scheduler::TaskId::slot), kind));
    }
}

fn simulated(config: Config) -> Vec<Line> {
    let scheduler = simulation::run::<_, 8>(config, &JOBS, Lines(Vec::new()), LIMIT);
    scheduler.map(|scheduler| scheduler.into_recorder().0).expect("the jobs can be, and end")
}

/// Each job is played by a thread. The first thread sleeps until all are done, so that it takes part in nothing, and
/// is left out.
fn of_threads(config: Config) -> Vec<Line> {
    assert_eq!(thread::start_with_simulated_clock(config), Ok(()));
    let threads = JOBS.map(|job| {
        let new = Builder::new("job").priority(job.priority).burst(job.task().burst).delay(job.arrival);
        new.spawn(move || play(job)).expect("there is room for a thread")
    });
    thread::sleep(LIMIT);
    assert!(threads.iter().all(|thread| thread.end() == Some(ExitReason::Exited)));
    let numbers = threads.each_ref().map(thread::JoinHandle::number);
    let lines = thread::trace().into_iter().filter_map(|line| {
        let Event { tick, task, kind } = line.event;
        let job = match task {
            Some(_) => {
                Some(numbers.iter().position(|number| line.thread.is_some_and(|(_, of)| of == *number))?)
            }
            None => None,
        };
        Some((tick, job, kind))
    });
    let mut lines = lines.collect::<Vec<_>>();
    // After the last job's end comes the first thread's sleep.
    let end = lines.iter().rposition(|(_, _, kind)| *kind == EventKind::Exit);
    lines.truncate(end.map_or(0, |end| end + 1));
    lines
}

/// What the job does, tick by tick. It doesn't come back.
fn play(job: Job<'static>) {
    let mut script = job.script().expect("its bursts can be");
    loop {
        let step = script.step();
        thread::simulated_tick(step.outcome, step.next_burst);
    }
}
