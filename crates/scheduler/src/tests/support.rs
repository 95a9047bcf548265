//! Runs jobs, and reads bars and times out of the trace, with none of the host tool's code.

use std::num::NonZeroU32;

use crate::simulation::{self, Job};
use crate::{
    AtExpiry, Config, Event, EventKind, Level, Levels, Mlfq, Policy, Priority, QueueEnd, Recorder, RoundRobin,
};

/// Tasks that a test can have.
pub(super) const TASKS: usize = 16;

/// Returns a number that isn't zero.
pub(super) fn nonzero(number: u32) -> NonZeroU32 {
    NonZeroU32::new(number).unwrap()
}

/// Round robin in its default form.
pub(super) fn round_robin(quantum: u32) -> Policy {
    Policy::RoundRobin(RoundRobin { quantum: nonzero(quantum), at_expiry: AtExpiry::ArrivalsFirst })
}

/// The priority policy that does nothing by itself, smaller numbers first.
pub(super) const PRIORITY: Priority = Priority {
    lower_is_higher: true,
    preemptive: false,
    quantum: None,
    preempted_to: QueueEnd::Head,
    ageing: None,
    at_expiry: AtExpiry::ArrivalsFirst,
};

/// MLFQ with levels of (quantum, allotment).
pub(super) fn mlfq(levels: &[(u32, u32)], boost: u32) -> Mlfq {
    let level = |&(quantum, allotment)| Level { quantum: nonzero(quantum), allotment: nonzero(allotment) };
    let levels: Vec<Level> = levels.iter().map(level).collect();
    let levels = Levels::new(&levels).unwrap();
    Mlfq { levels, boost: NonZeroU32::new(boost), reset_on_block: false, woken_to: QueueEnd::Tail }
}

/// Keeps all events.
#[derive(Debug, Default)]
pub(super) struct Trace(pub Vec<Event>);

impl Recorder for Trace {
    fn record(&mut self, event: Event) {
        self.0.push(event);
    }
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Outcome {
    /// All events.
    pub events: Vec<Event>,
    /// (job, start, end), neighbours of one job merged.
    pub bars: Vec<(usize, u64, u64)>,
    /// By job.
    pub completion: Vec<u64>,
    /// By job: completion - arrival.
    pub turnaround: Vec<u64>,
    /// By job: turnaround - CPU - sleep.
    pub waiting: Vec<u64>,
    /// By job: first dispatch - arrival.
    pub response: Vec<u64>,
}

/// Runs jobs of one burst: (arrival, burst, priority).
pub(super) fn run_single(policy: Policy, jobs: &[(u64, u64, u8)]) -> Outcome {
    let bursts: Vec<[u64; 1]> = jobs.iter().map(|job| [job.1]).collect();
    let jobs: Vec<Job> = jobs
        .iter()
        .zip(&bursts)
        .map(|(&(arrival, _, priority), bursts)| Job { arrival, priority, bursts })
        .collect();
    run(Config::new(policy), &jobs)
}

/// Runs jobs.
pub(super) fn run(config: Config, jobs: &[Job]) -> Outcome {
    let done = simulation::run::<_, TASKS>(config, jobs, Trace::default(), 1_000_000).unwrap();
    let events = done.into_recorder().0;
    let at = |job: usize, kind: EventKind| {
        let is_it = |event: &&Event| event.kind == kind && event.task.unwrap().slot() == job;
        events.iter().filter(|event| event.task.is_some()).find(is_it).unwrap().tick
    };
    let count = jobs.len();
    let completion: Vec<u64> = (0..count).map(|job| at(job, EventKind::Exit)).collect();
    let turnaround: Vec<u64> = (0..count).map(|job| completion[job] - jobs[job].arrival).collect();
    let waiting = (0..count).map(|job| turnaround[job] - jobs[job].bursts.iter().sum::<u64>()).collect();
    let response = (0..count).map(|job| at(job, EventKind::Dispatch) - jobs[job].arrival).collect();
    let bars = bars(&events);
    Outcome { events, bars, completion, turnaround, waiting, response }
}

fn bars(events: &[Event]) -> Vec<(usize, u64, u64)> {
    let mut bars: Vec<(usize, u64, u64)> = Vec::new();
    for event in events {
        let Some(job) = event.task.map(|task| task.slot()) else { continue };
        if event.kind == EventKind::Dispatch {
            match bars.last() {
                Some(last) if last.0 == job && last.2 == event.tick => {}
                _ => bars.push((job, event.tick, event.tick)),
            }
        } else if event.kind.is_stop()
            && let Some(last) = bars.last_mut()
        {
            last.2 = event.tick;
        }
    }
    bars
}

/// Parses a bar for each letter or row of them: `A3 B2` is A from 0 to 3, then B to 5; `-2` is idle for two ticks.
pub(super) fn chart(text: &str) -> Vec<(usize, u64, u64)> {
    let mut now = 0;
    let mut bars = Vec::new();
    for part in text.split(' ') {
        let (name, ticks) = part.split_at(1);
        let start = now;
        now += ticks.parse::<u64>().unwrap();
        if name != "-" {
            bars.push((usize::from(name.as_bytes()[0] - b'A'), start, now));
        }
    }
    bars
}

/// Returns the mean, in hundredths, rounded as books do.
pub(super) fn mean_in_hundredths(numbers: &[u64]) -> u64 {
    let count = numbers.len() as u64;
    (numbers.iter().sum::<u64>() * 100 + count / 2) / count
}
