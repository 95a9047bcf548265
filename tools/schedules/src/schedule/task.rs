//! One task in a trace.

use farjump_scheduler::EventKind;

/// The state of a task during a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    Ready,
    Running,
    /// Asleep or blocked.
    Waiting,
}

/// A period of a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) phase: Phase,
    pub(crate) start: u64,
    pub(crate) end: u64,
}

/// A task's times. What hasn't happened is `None`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TaskTimes {
    pub(crate) name: String,
    pub(crate) arrival: Option<u64>,
    pub(crate) first_dispatch: Option<u64>,
    /// When it ended, by itself or by another.
    pub(crate) completion: Option<u64>,
    /// Without gaps from its first event to its last.
    pub(crate) spans: Vec<Span>,
    since: Option<(Phase, u64)>,
}

impl TaskTimes {
    pub(super) fn new(name: &str) -> Self {
        let name = name.to_owned();
        Self { name, arrival: None, first_dispatch: None, completion: None, spans: Vec::new(), since: None }
    }

    pub(super) fn take(&mut self, tick: u64, kind: EventKind) {
        let next = match kind {
            EventKind::Arrive | EventKind::Wake => Some(Phase::Ready),
            EventKind::Expire | EventKind::Preempt | EventKind::Yield => Some(Phase::Ready),
            EventKind::Dispatch => Some(Phase::Running),
            EventKind::Sleep | EventKind::Block => Some(Phase::Waiting),
            EventKind::Exit | EventKind::Kill => None,
            EventKind::Switch | EventKind::Priority(_) | EventKind::Boost => return,
        };
        match kind {
            EventKind::Arrive => self.arrival = Some(tick),
            EventKind::Dispatch => self.first_dispatch = self.first_dispatch.or(Some(tick)),
            EventKind::Exit | EventKind::Kill => self.completion = Some(tick),
            _ => {}
        }
        self.close(tick);
        self.since = next.map(|phase| (phase, tick));
    }

    /// Ends the current phase.
    pub(super) fn close(&mut self, end: u64) {
        let Some((phase, start)) = self.since.take().filter(|(_, start)| *start < end) else { return };
        match self.spans.last_mut().filter(|last| last.phase == phase && last.end == start) {
            Some(last) => last.end = end,
            None => self.spans.push(Span { phase, start, end }),
        }
    }

    /// Returns the number of ticks in a phase.
    fn total(&self, phase: Phase) -> u64 {
        self.spans.iter().filter(|span| span.phase == phase).map(|span| span.end - span.start).sum()
    }

    /// Returns the number of ticks on the CPU.
    pub(crate) fn cpu(&self) -> u64 {
        self.total(Phase::Running)
    }

    /// Returns the number of ticks asleep or blocked.
    pub(crate) fn sleep(&self) -> u64 {
        self.total(Phase::Waiting)
    }

    /// Completion - arrival.
    pub(crate) fn turnaround(&self) -> Option<u64> {
        self.completion?.checked_sub(self.arrival?)
    }

    /// Turnaround - CPU - sleep.
    pub(crate) fn waiting(&self) -> Option<u64> {
        self.turnaround()?.checked_sub(self.cpu() + self.sleep())
    }

    /// First dispatch - arrival.
    pub(crate) fn response(&self) -> Option<u64> {
        self.first_dispatch?.checked_sub(self.arrival?)
    }
}
