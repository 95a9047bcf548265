//! What others may know of a scheduler.

use super::{Cpu, Scheduler, TaskError};
use crate::TaskId;
use crate::config::Config;
use crate::event::Recorder;
use crate::task::{Task, TaskInfo};

impl<R: Recorder, const N: usize> Scheduler<R, N> {
    /// Returns the number of ticks so far.
    #[must_use]
    pub fn now(&self) -> u64 {
        self.now
    }

    /// Returns the task that runs; none while the CPU is idle or goes over to another.
    #[must_use]
    pub fn running(&self) -> Option<TaskId> {
        match self.cpu {
            Cpu::Running(slot) => Some(self.id(slot)),
            Cpu::Idle | Cpu::Switching { .. } => None,
        }
    }

    /// Returns whether no task has the CPU, nor is about to.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.cpu == Cpu::Idle
    }

    /// Returns whether there are tasks that aren't done.
    #[must_use]
    pub fn has_tasks(&self) -> bool {
        self.live > 0
    }

    /// Returns how it decides.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Returns what takes the events.
    #[must_use]
    pub fn recorder(&self) -> &R {
        &self.recorder
    }

    /// Returns what takes the events; the scheduler is done.
    #[must_use]
    pub fn into_recorder(self) -> R {
        self.recorder
    }

    /// Returns what is known of a task.
    ///
    /// # Errors
    /// The task is gone.
    pub fn info(&self, id: TaskId) -> Result<TaskInfo, TaskError> {
        let slot = self.find(id)?;
        self.view(slot, self.task(slot)).ok_or(TaskError::NoSuchTask)
    }

    /// Returns all tasks, by slot.
    pub fn tasks(&self) -> impl Iterator<Item = TaskInfo> {
        Self::slots().zip(&self.tasks).filter_map(|(slot, task)| self.view(slot, task))
    }

    fn view(&self, slot: u16, task: &Task) -> Option<TaskInfo> {
        let Task { priority, ticks, switches, estimate, .. } = *task;
        let (id, level) = (self.id(slot), self.queue_level(slot));
        Some(TaskInfo { id, state: task.state?, priority, level, ticks, switches, estimate })
    }
}
