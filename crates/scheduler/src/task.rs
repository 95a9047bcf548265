//! What is known of a task.

use crate::TaskId;

/// What a task is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// It hasn't arrived.
    New,
    /// It could run.
    Ready,
    /// It has the CPU.
    Running,
    /// It waits for a tick.
    Sleeping,
    /// It waits until it is woken.
    Blocked,
}

/// A task as others see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TaskInfo {
    /// Its name.
    pub id: TaskId,
    /// What it is doing.
    pub state: State,
    /// Its base priority.
    pub priority: u8,
    /// The level it queues on, 0 the best: of MLFQ, or made of its priority. Other policies have one level.
    pub level: u8,
    /// Ticks that it has run.
    pub ticks: u64,
    /// How often it was dispatched when another had run last.
    pub switches: u64,
    /// The estimate of its next burst in ticks; meaningful where bursts are estimated.
    pub estimate: u64,
}

/// A slot's task. What isn't said otherwise counts ticks.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Task {
    /// `None`: the slot is free.
    pub(crate) state: Option<State>,
    pub(crate) generation: u32,
    pub(crate) priority: u8,
    /// The level of MLFQ.
    pub(crate) level: u8,
    /// Left of the slice, where there are slices.
    pub(crate) slice: Option<u32>,
    /// Left before MLFQ's next level.
    pub(crate) allotment: u64,
    /// Left of this burst, where that is known.
    pub(crate) burst: u64,
    /// Run since the burst's begin.
    pub(crate) used: u64,
    /// The guess of the burst's length.
    pub(crate) estimate: u64,
    /// When it became ready.
    pub(crate) ready_since: u64,
    /// A number that grows with each task that becomes ready.
    pub(crate) ready_order: u64,
    /// When its timer is due.
    pub(crate) due: u64,
    pub(crate) ticks: u64,
    /// Dispatches after another task's.
    pub(crate) switches: u64,
}

impl Task {
    /// A slot that never had a task.
    pub(crate) const FREE: Self = Self {
        state: None,
        generation: 0,
        priority: 0,
        level: 0,
        slice: None,
        allotment: 0,
        burst: 0,
        used: 0,
        estimate: 0,
        ready_since: 0,
        ready_order: 0,
        due: 0,
        ticks: 0,
        switches: 0,
    };
}
