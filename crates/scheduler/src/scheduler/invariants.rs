//! What holds between any two calls, for tests.

use std::collections::BTreeSet;

use super::Scheduler;
use crate::event::Recorder;
use crate::links::List;
use crate::task::State;

impl<R: Recorder, const N: usize> Scheduler<R, N> {
    /// Every task is in exactly the list that its state says, and nothing else is in any.
    pub(crate) fn check(&self) {
        let free = self.listed(&[self.free]);
        assert_eq!(free.len() + self.live, N);
        assert_eq!(free.len() + self.in_states(&[State::Running, State::Blocked]).len(), self.unlisted());
        let levels: Vec<List> = (0..=255).map(|level| self.ready.list(level)).collect();
        assert_eq!(self.listed(&levels), self.in_states(&[State::Ready]));
        assert_eq!(self.listed(&[self.timers]), self.in_states(&[State::New, State::Sleeping]));
        assert!(self.in_states(&[State::Running]).len() <= 1);
        assert_eq!(self.is_idle(), self.in_states(&[State::Running]).is_empty());
    }

    /// Slots whose task, if any, isn't ready and has no timer.
    fn unlisted(&self) -> usize {
        N - self.in_states(&[State::Ready, State::New, State::Sleeping]).len()
    }

    /// Returns the number of ticks that the tasks have left before MLFQ's next level.
    pub(crate) fn allotments(&self) -> Vec<u64> {
        self.tasks().map(|task| self.task(task.id.slot).allotment).collect()
    }

    fn in_states(&self, states: &[State]) -> BTreeSet<u16> {
        self.tasks().filter(|task| states.contains(&task.state)).map(|task| task.id.slot).collect()
    }

    fn listed(&self, lists: &[List]) -> BTreeSet<u16> {
        let mut slots = BTreeSet::new();
        for slot in lists.iter().flat_map(|list| self.links.iter(*list).take(N + 1)) {
            assert!(slots.insert(slot), "slot {slot} is listed twice");
        }
        slots
    }
}
