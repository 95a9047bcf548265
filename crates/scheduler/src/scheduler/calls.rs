//! What happens between ticks: the running task stops, or a call changes another one.
//!
//! After any of these calls, [`Scheduler::reschedule`] returns the task that runs.

use super::{Cpu, QueuePosition, Scheduler, TaskError, TickOutcome};
use crate::TaskId;
use crate::config::Policy;
use crate::event::{EventKind, Recorder};
use crate::task::State;

impl<R: Recorder, const N: usize> Scheduler<R, N> {
    /// The running task lets others run, and gets a new slice. Nothing happens if none runs.
    pub fn yield_now(&mut self) {
        self.stop_running(TickOutcome::Yields);
    }

    /// The running task sleeps until the instant that is `ticks` from the last tick: between `ticks - 1` and
    /// `ticks` of them from now. 0 is a yield. Nothing happens if none runs.
    pub fn sleep(&mut self, ticks: u64) {
        self.stop_running(TickOutcome::Sleeps(ticks));
    }

    /// The running task waits for [`Self::wake`]. Nothing happens if none runs.
    pub fn block(&mut self) {
        self.stop_running(TickOutcome::Blocks);
    }

    /// The running task ends. Nothing happens if none runs.
    pub fn exit(&mut self) {
        self.stop_running(TickOutcome::Exits);
    }

    fn stop_running(&mut self, outcome: TickOutcome) {
        let Cpu::Running(slot) = self.cpu else { return };
        if let Some(slot) = self.stop(slot, outcome) {
            self.make_ready(slot, QueuePosition::Tail);
        }
    }

    /// Makes a task ready that is blocked, or asleep before its time.
    ///
    /// # Errors
    /// The task is gone, or doesn't wait.
    pub fn wake(&mut self, id: TaskId) -> Result<(), TaskError> {
        let slot = self.find(id)?;
        match self.task(slot).state {
            Some(State::Blocked) => {}
            Some(State::Sleeping) => self.links.remove(&mut self.timers, slot),
            _ => return Err(TaskError::NotWaiting),
        }
        self.wake_slot(slot);
        Ok(())
    }

    /// Ends a task, whatever it is doing.
    ///
    /// # Errors
    /// The task is gone.
    pub fn kill(&mut self, id: TaskId) -> Result<(), TaskError> {
        let slot = self.find(id)?;
        match self.task(slot).state {
            Some(State::Ready) => self.unready(slot),
            Some(State::Sleeping | State::New) => self.links.remove(&mut self.timers, slot),
            Some(State::Running) => self.cpu = Cpu::Idle,
            Some(State::Blocked) | None => {}
        }
        self.record(slot, EventKind::Kill);
        self.free_slot(slot);
        Ok(())
    }

    /// Sets a task's base priority, which counts from the next decision on. A ready task goes after the
    /// others of its new level. The same priority again changes nothing.
    ///
    /// # Errors
    /// The task is gone.
    pub fn set_priority(&mut self, id: TaskId, priority: u8) -> Result<(), TaskError> {
        let slot = self.find(id)?;
        if self.task(slot).priority == priority {
            return Ok(());
        }
        self.record(slot, EventKind::Priority(priority));
        let is_queued_by_it =
            matches!(self.config.policy, Policy::Priority(_)) && self.task(slot).state == Some(State::Ready);
        if is_queued_by_it {
            self.unready(slot);
        }
        self.task_mut(slot).priority = priority;
        if is_queued_by_it {
            // Waiting that has been counted for ageing isn't lost.
            let since = self.task(slot).ready_since;
            self.make_ready(slot, QueuePosition::Tail);
            self.task_mut(slot).ready_since = since;
        }
        Ok(())
    }

    /// Sets the length of a task's next burst, where bursts are known: while it sleeps or is blocked, as a rule.
    ///
    /// # Errors
    /// The task is gone.
    pub fn set_burst(&mut self, id: TaskId, ticks: u64) -> Result<(), TaskError> {
        let slot = self.find(id)?;
        self.task_mut(slot).burst = ticks;
        Ok(())
    }

    /// Who runs, after what happened between ticks: a better task takes the CPU, if the policy lets it between
    /// ticks, and a free CPU gets a task.
    pub fn reschedule(&mut self) -> Option<TaskId> {
        self.preempt();
        self.dispatch();
        self.running()
    }
}
