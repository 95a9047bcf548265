//! A trace: events, and the names of their tasks.

use farjump_scheduler::{Event, EventKind, Recorder};

/// Events in their order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Trace {
    /// By number of the task.
    pub(crate) names: Vec<String>,
    pub(crate) events: Vec<TraceEvent>,
}

/// An event of a trace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TraceEvent {
    pub(crate) tick: u64,
    /// The task's number; none for a boost.
    pub(crate) task: Option<usize>,
    pub(crate) kind: EventKind,
}

/// Tasks keep their slots here, so that a slot is a task's number.
impl Recorder for Trace {
    fn record(&mut self, Event { tick, task, kind }: Event) {
        self.events.push(TraceEvent { tick, task: task.map(|task| task.slot()), kind });
    }
}
