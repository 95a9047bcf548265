//! The state machine: tasks, the CPU, the timers.
//!
//! ```text
//!        spawn_at            spawn
//!   New ───────────▶ Ready ◀─────────
//!    arrival          │  ▲ ▲
//!            dispatch │  │ └───────────────┐ timer, wake
//!                     ▼  │ expire, preempt,│
//!                  Running ┘ yield         Sleeping, Blocked
//!                     │ └───────────────────▲ sleep, block
//!                     ▼ exit; kill from anywhere
//! ```
//!
//! [`Scheduler::tick`] is called once a tick. Between ticks the running task may call [`Scheduler::yield_now`] and
//! its like, and others [`Scheduler::wake`] and its like; after those, [`Scheduler::reschedule`] returns the task that runs.
//!
//! Rejects calls for tasks that are gone or in another state. A task is in exactly one list: the free slots, the
//! timers, or the ready lists; blocked and running ones are in none.

mod calls;
mod choice;
mod clock;
#[cfg(test)]
mod invariants;
mod levels;
mod views;

use crate::TaskId;
use crate::config::{Bursts, Config};
use crate::event::{Event, EventKind, Recorder};
use crate::links::{Links, List};
use crate::ready::ReadyLists;
use crate::task::{State, Task};

/// Decides which of at most `N` tasks runs, and reports events to a [`Recorder`].
#[derive(Debug)]
pub struct Scheduler<R, const N: usize> {
    config: Config,
    now: u64,
    cpu: Cpu,
    /// The task that ran last.
    last: Option<TaskId>,
    tasks: [Task; N],
    links: Links<N>,
    ready: ReadyLists,
    /// Tasks that sleep or haven't arrived, in the order in which they are due, then in which they were set.
    timers: List,
    free: List,
    /// Tasks that aren't done.
    live: usize,
    /// The next [`Task::ready_order`].
    next_order: u64,
    recorder: R,
}

/// What the CPU does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cpu {
    Idle,
    /// It goes over to a task for `left` ticks more.
    Switching {
        slot: u16,
        left: u32,
    },
    Running(u16),
}

/// What the running task did at the end of a tick.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TickOutcome {
    /// It would continue.
    Runs,
    /// It lets others run.
    Yields,
    /// It sleeps for this many ticks; 0 is [`TickOutcome::Yields`].
    Sleeps(u64),
    /// It waits until it is woken.
    Blocks,
    /// It ends.
    Exits,
}

/// A task to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct NewTask {
    /// Its base priority.
    pub priority: u8,
    /// Ticks of its first burst; looked at where bursts are known.
    pub burst: u64,
}

/// All `N` slots are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Full;

/// Why a call for a task did nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TaskError {
    /// There is no such task (any more).
    NoSuchTask,
    /// It doesn't wait for being woken.
    NotWaiting,
}

/// Where a task that becomes ready is queued.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum QueuePosition {
    /// After all others of its level.
    Tail,
    /// Before them.
    Head,
    /// Where it was: by the ready order that it has.
    Kept,
}

impl<R: Recorder, const N: usize> Scheduler<R, N> {
    /// A scheduler without tasks at tick 0.
    #[must_use]
    pub fn new(config: Config, recorder: R) -> Self {
        let (mut links, mut free) = (Links::new(), List::EMPTY);
        Self::slots().for_each(|slot| links.push_back(&mut free, slot));
        Self {
            config,
            now: 0,
            cpu: Cpu::Idle,
            last: None,
            tasks: [Task::FREE; N],
            links,
            ready: ReadyLists::new(),
            timers: List::EMPTY,
            free,
            live: 0,
            next_order: 0,
            recorder,
        }
    }

    /// Adds a task that is ready now.
    ///
    /// # Errors
    /// There are `N` tasks already.
    pub fn spawn(&mut self, task: NewTask) -> Result<TaskId, Full> {
        self.spawn_at(task, self.now)
    }

    /// Adds a task that arrives at the instant `tick`; now, if that is past. Tasks that arrive together do so in
    /// the order of these calls.
    ///
    /// # Errors
    /// There are `N` tasks already.
    pub fn spawn_at(&mut self, task: NewTask, tick: u64) -> Result<TaskId, Full> {
        let slot = self.free.first().ok_or(Full)?;
        self.links.remove(&mut self.free, slot);
        self.live += 1;
        let generation = self.task(slot).generation;
        let NewTask { priority, burst } = task;
        let estimate = match self.config.bursts {
            Bursts::Known => 0,
            Bursts::Estimated { first_guess } => first_guess.into(),
        };
        *self.task_mut(slot) = Task { generation, priority, burst, estimate, ..Task::FREE };
        self.enter_level(slot, 0);
        if tick <= self.now {
            self.arrive(slot);
        } else {
            self.set_timer(slot, State::New, tick);
        }
        Ok(self.id(slot))
    }

    /// A task that arrives is ready for the first time.
    fn arrive(&mut self, slot: u16) {
        self.record(slot, EventKind::Arrive);
        self.refresh_slice(slot);
        self.make_ready(slot, QueuePosition::Tail);
    }

    /// Ends a task: its slot is free, and its id means nothing any more.
    fn free_slot(&mut self, slot: u16) {
        let task = self.task_mut(slot);
        task.state = None;
        task.generation = task.generation.wrapping_add(1);
        self.links.push_back(&mut self.free, slot);
        self.live -= 1;
    }

    /// Returns the slot of a task that lives.
    fn find(&self, id: TaskId) -> Result<u16, TaskError> {
        let task = self.tasks.get(id.slot()).ok_or(TaskError::NoSuchTask)?;
        let lives = task.state.is_some() && task.generation == id.generation;
        if lives { Ok(id.slot) } else { Err(TaskError::NoSuchTask) }
    }

    /// Returns all slots; `Links` has seen to it that 16 bits can number them.
    fn slots() -> impl Iterator<Item = u16> {
        (0..u16::MAX).take(N)
    }

    fn id(&self, slot: u16) -> TaskId {
        TaskId { slot, generation: self.task(slot).generation }
    }

    fn task(&self, slot: u16) -> &Task {
        &self.tasks[usize::from(slot)]
    }

    fn task_mut(&mut self, slot: u16) -> &mut Task {
        &mut self.tasks[usize::from(slot)]
    }

    fn record(&mut self, slot: u16, kind: EventKind) {
        self.recorder.record(Event { tick: self.now, task: Some(self.id(slot)), kind });
    }
}
