//! Which task runs next: one state machine, six policies.
//!
//! The kernel drives it from its timer interrupt, `cargo xtask sched` from a workload file. Both get the same
//! results, and the same record of events.
//!
//! | module | holds |
//! |---|---|
//! | [`config`] | the policies and their parameters |
//! | [`scheduler`] | the state machine: a call for each tick, and for yield, block, wake, exit, kill, set-priority |
//! | [`event`] | what is recorded: at which tick which task did what |
//! | [`simulation`] | jobs whose bursts are known, run against the state machine |
//!
//! Time is a count of ticks. No floats, no allocation, no lock: a caller that is interrupted holds one of its own.
//! A scheduler has `N` slots for tasks. Returns an error for a task that is gone, or isn't in the state that the
//! call needs: an id carries a generation, so that it never means a later task in the same slot.

#![cfg_attr(not(test), no_std)]
#![forbid(unsafe_code)]

pub mod config;
pub mod estimate;
pub mod event;
pub mod scheduler;
pub mod simulation;

mod id;
mod links;
mod ready;
mod task;
#[cfg(test)]
mod tests;

pub use config::{
    AtExpiry, Bursts, Config, Level, Levels, Mlfq, Policy, PolicyKind, Priority, QueueEnd, RoundRobin,
};
pub use event::{Event, EventKind, Recorder};
pub use id::TaskId;
pub use scheduler::{Full, NewTask, Scheduler, TaskError, TickOutcome};
pub use task::{State, TaskInfo};

/// The README's examples, as tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
