//! What is recorded of a schedule: at which tick which task did what.
//!
//! Simulator and kernel record the same events, so their traces can be compared line by line. As text an event is
//! a line of CSV, `t,task,kind`; the code that prints it names the task, and a boost has none.

use core::fmt;

use crate::TaskId;

/// One line of a trace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Event {
    /// When, in ticks from the scheduler's start.
    pub tick: u64,
    /// The task; `None` for [`EventKind::Boost`].
    pub task: Option<TaskId>,
    /// What.
    pub kind: EventKind,
}

/// What happens to a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventKind {
    /// It is ready for the first time.
    Arrive,
    /// It is chosen, and the switch to it begins; only where switches cost ticks.
    Switch,
    /// It begins to run.
    Dispatch,
    /// It stops because its slice is over, and is ready.
    Expire,
    /// It stops because a better one is ready, and is ready.
    Preempt,
    /// It stops because it wants others to run, and is ready.
    Yield,
    /// It stops until a tick that it knows.
    Sleep,
    /// It stops until another task or an interrupt wakes it.
    Block,
    /// It is ready after [`EventKind::Sleep`] or [`EventKind::Block`].
    Wake,
    /// It ends by itself.
    Exit,
    /// It is ended by another.
    Kill,
    /// It has this priority from now on.
    Priority(u8),
    /// All tasks are on the top level.
    Boost,
}

/// The kinds without a value, and their names in traces.
const NAMES: [(EventKind, &str); 12] = [
    (EventKind::Arrive, "arrive"),
    (EventKind::Switch, "switch"),
    (EventKind::Dispatch, "dispatch"),
    (EventKind::Expire, "expire"),
    (EventKind::Preempt, "preempt"),
    (EventKind::Yield, "yield"),
    (EventKind::Sleep, "sleep"),
    (EventKind::Block, "block"),
    (EventKind::Wake, "wake"),
    (EventKind::Exit, "exit"),
    (EventKind::Kill, "kill"),
    (EventKind::Boost, "boost"),
];

/// The name of [`EventKind::Priority`], in front of its value.
const PRIORITY: &str = "priority:";

impl EventKind {
    /// Returns the kind that a trace calls so.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        if let Some(priority) = name.strip_prefix(PRIORITY) {
            return priority.parse().ok().map(Self::Priority);
        }
        NAMES.iter().find(|(_, known)| *known == name).map(|(kind, _)| *kind)
    }

    /// Returns whether the task that runs stops running by it.
    #[must_use]
    pub const fn is_stop(self) -> bool {
        matches!(
            self,
            Self::Expire | Self::Preempt | Self::Yield | Self::Sleep | Self::Block | Self::Exit | Self::Kill
        )
    }
}

impl fmt::Display for EventKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Priority(priority) => write!(f, "{PRIORITY}{priority}"),
            kind => f.write_str(NAMES.iter().find(|(known, _)| known == kind).map_or("", |(_, name)| name)),
        }
    }
}

/// Takes events as they happen. It is called with the scheduler's lock held: it must not take long.
pub trait Recorder {
    /// Takes one.
    fn record(&mut self, event: Event);
}

/// Nothing is recorded.
impl Recorder for () {
    fn record(&mut self, _: Event) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_read_back_from_its_name() {
        for (kind, name) in NAMES {
            assert_eq!(kind.to_string(), name);
            assert_eq!(EventKind::from_name(name), Some(kind));
        }
        assert_eq!(EventKind::Priority(7).to_string(), "priority:7");
        assert_eq!(EventKind::from_name("priority:255"), Some(EventKind::Priority(255)));
        assert_eq!(EventKind::from_name("priority:256"), None);
        assert_eq!(EventKind::from_name("arrives"), None);
    }
}
