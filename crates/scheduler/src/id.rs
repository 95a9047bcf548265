//! The name of a task: a slot, and which of the slot's tasks.

/// A task of one scheduler. A slot's next task has another generation, so an id never means two tasks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TaskId {
    pub(crate) slot: u16,
    pub(crate) generation: u32,
}

impl TaskId {
    /// Returns the slot, below the scheduler's `N`: an index for the caller's own table of tasks.
    #[must_use]
    pub const fn slot(self) -> usize {
        self.slot as usize
    }

    /// Returns how many tasks the slot has had before.
    #[must_use]
    pub const fn generation(self) -> u32 {
        self.generation
    }
}
