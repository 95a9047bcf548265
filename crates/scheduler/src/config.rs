//! The policies and their parameters.
//!
//! Values that make no sense can't be written: a quantum is never zero, and MLFQ has a level at least.

mod kind;
mod levels;

use core::num::NonZeroU32;

pub use kind::PolicyKind;
pub use levels::{Level, Levels, LevelsError, MAX_LEVELS};

/// How a scheduler decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Config {
    /// Who goes first.
    pub policy: Policy,
    /// Ticks that pass before a task runs that isn't the one that ran last.
    pub switch_cost: u32,
    /// Where SJF and SRTF know lengths of bursts from.
    pub bursts: Bursts,
}

impl Config {
    /// With switches that cost nothing and bursts that are known.
    #[must_use]
    pub const fn new(policy: Policy) -> Self {
        Self { policy, switch_cost: 0, bursts: Bursts::Known }
    }
}

/// Where lengths of bursts come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bursts {
    /// The caller passes them: [`crate::NewTask::burst`], then [`crate::Scheduler::set_burst`].
    Known,
    /// They are guessed from the past ones, by [`crate::estimate`].
    Estimated {
        /// The guess for a task's first burst, in ticks.
        first_guess: u32,
    },
}

/// Who goes first among ready tasks, and who may interrupt whom.
///
/// Tasks that a policy has no preference between go in ready order: first the one that became ready first.
#[expect(clippy::large_enum_variant, reason = "a scheduler has one, and no heap to put levels on")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Policy {
    /// First come, first served: ready order, until the task stops by itself.
    Fcfs,
    /// Shortest job first: the shortest next burst, until it is over.
    Sjf,
    /// Shortest remaining time first: as SJF, but a shorter one interrupts.
    Srtf,
    /// Ready order, for a quantum each.
    RoundRobin(RoundRobin),
    /// The best priority.
    Priority(Priority),
    /// Multi-level feedback queue: tasks that use much CPU sink.
    Mlfq(Mlfq),
}

/// Parameters of round robin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RoundRobin {
    /// Ticks until the next task's turn.
    pub quantum: NonZeroU32,
    /// Who is queued first when a quantum ends.
    pub at_expiry: AtExpiry,
}

/// Parameters of the priority policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Priority {
    /// Whether the smaller number goes first.
    pub lower_is_higher: bool,
    /// Whether a better task interrupts the running one.
    pub preemptive: bool,
    /// Ticks until the next task's turn, among equals; for as long as it likes if there is none.
    pub quantum: Option<NonZeroU32>,
    /// Where a preempted task is queued on its level. At the head it keeps the rest of its slice.
    pub preempted_to: QueueEnd,
    /// Ticks of waiting that make a ready task better by one level.
    pub ageing: Option<NonZeroU32>,
    /// Who is queued first when a quantum ends.
    pub at_expiry: AtExpiry,
}

/// Parameters of the multi-level feedback queue.
///
/// Source: Arpaci-Dusseau, *Operating Systems: Three Easy Pieces*, chapter 8.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mlfq {
    /// From the top.
    pub levels: Levels,
    /// Ticks from one boost of all tasks to the top level to the next.
    pub boost: Option<NonZeroU32>,
    /// Whether a task that blocks gets slice and allotment anew: the book's first, weaker rule 4.
    pub reset_on_block: bool,
    /// Where a task that wakes is queued on its level.
    pub woken_to: QueueEnd,
}

/// Who is queued first when a slice ends at the instant at which others become ready.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum AtExpiry {
    /// Those that become ready.
    #[default]
    ArrivalsFirst,
    /// The task whose slice has ended.
    ExpiredFirst,
}

/// An end of a queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QueueEnd {
    /// Where the next one is taken from.
    Head,
    /// Where the others join.
    Tail,
}

impl Policy {
    /// Returns which of the six it is.
    #[must_use]
    pub const fn kind(&self) -> PolicyKind {
        match self {
            Self::Fcfs => PolicyKind::Fcfs,
            Self::Sjf => PolicyKind::Sjf,
            Self::Srtf => PolicyKind::Srtf,
            Self::RoundRobin(_) => PolicyKind::RoundRobin,
            Self::Priority(_) => PolicyKind::Priority,
            Self::Mlfq(_) => PolicyKind::Mlfq,
        }
    }

    /// Who is queued first when a slice ends. MLFQ leaves no choice.
    pub(crate) const fn at_expiry(&self) -> AtExpiry {
        match self {
            Self::RoundRobin(RoundRobin { at_expiry, .. }) | Self::Priority(Priority { at_expiry, .. }) => {
                *at_expiry
            }
            Self::Mlfq(_) => AtExpiry::ExpiredFirst,
            Self::Fcfs | Self::Sjf | Self::Srtf => AtExpiry::ArrivalsFirst,
        }
    }
}

impl Priority {
    /// Returns the level of a priority; level 0 goes first.
    pub(crate) const fn level(&self, priority: u8) -> u8 {
        if self.lower_is_higher { priority } else { u8::MAX - priority }
    }
}
