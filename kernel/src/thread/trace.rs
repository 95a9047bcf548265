//! The last scheduling events.

use alloc::collections::VecDeque;
use alloc::vec::Vec;
use core::fmt;

use farjump_scheduler::{Event, Recorder};

use super::THREADS;
use super::builder::ThreadName;

/// Events that are kept.
const EVENTS: usize = 1024;

/// The last [`EVENTS`] events, the oldest first.
#[derive(Debug)]
pub(super) struct Trace(VecDeque<Event>);

impl Trace {
    /// With all its memory, for events come where nothing can be allocated. `None` if there is none.
    pub(super) fn new() -> Option<Self> {
        let mut events = VecDeque::new();
        events.try_reserve_exact(EVENTS).ok()?;
        Some(Self(events))
    }
}

impl Recorder for Trace {
    fn record(&mut self, event: Event) {
        if self.0.len() == EVENTS {
            self.0.pop_front();
        }
        self.0.push_back(event);
    }
}

/// A line of the trace: which thread did what, and at which tick.
#[derive(Debug, Clone, Copy)]
pub struct TraceLine {
    /// What the scheduler recorded.
    pub event: Event,
    /// Name and number of the thread; none of a boost, or of a thread that has long ended.
    pub thread: Option<(ThreadName, u64)>,
}

/// The last scheduling events, the oldest first.
#[must_use]
pub fn trace() -> Vec<TraceLine> {
    let mut lines = Vec::new();
    if lines.try_reserve(EVENTS).is_err() {
        log::error!("no memory for a copy of the trace");
        return lines;
    }
    if let Some(threads) = THREADS.lock().as_ref() {
        let events = threads.scheduler.recorder().0.iter();
        lines.extend(events.map(|event| {
            let thread = event.task.and_then(|id| threads.name(id));
            TraceLine { event: *event, thread }
        }));
    }
    lines
}

/// As `cargo xtask sched` reads it: `t,task,kind`, where the task is its name and number.
impl fmt::Display for TraceLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Event { tick, task, kind } = self.event;
        match (self.thread, task) {
            (Some((name, number)), _) => write!(f, "{tick},{name}.{number},{kind}"),
            (None, Some(id)) => write!(f, "{tick},ended.{}.{},{kind}", id.slot(), id.generation()),
            (None, None) => write!(f, "{tick},,{kind}"),
        }
    }
}
