//! Slices, and MLFQ's levels and allotments.
//!
//! An allotment is stated in quanta and counted in ticks, so that the time used before a yield isn't forgiven.
//!
//! Source: Arpaci-Dusseau, *Operating Systems: Three Easy Pieces*, chapter 8, rules 1 to 5.

use super::{QueuePosition, Scheduler};
use crate::config::{Level, Mlfq, Policy};
use crate::event::{Event, EventKind, Recorder};

impl<R: Recorder, const N: usize> Scheduler<R, N> {
    /// Starts a new slice for a task, of its level's length.
    pub(super) fn refresh_slice(&mut self, slot: u16) {
        let level = self.task(slot).level;
        let quantum = match &self.config.policy {
            Policy::RoundRobin(params) => Some(params.quantum),
            Policy::Priority(params) => params.quantum,
            Policy::Mlfq(params) => Some(params.levels.get(level).quantum),
            Policy::Fcfs | Policy::Sjf | Policy::Srtf => None,
        };
        self.task_mut(slot).slice = quantum.map(|quantum| quantum.get());
    }

    /// Returns whether a running task has had what it may have at a time.
    pub(super) fn slice_is_over(&self, slot: u16) -> bool {
        let is_used_up = matches!(self.config.policy, Policy::Mlfq(_)) && self.task(slot).allotment == 0;
        is_used_up || self.task(slot).slice == Some(0)
    }

    /// Puts a task on a level of MLFQ, with a new quantum and allotment; does nothing in other policies.
    pub(super) fn enter_level(&mut self, slot: u16, level: u8) {
        let Policy::Mlfq(Mlfq { levels, .. }) = &self.config.policy else { return };
        let allotment = levels.get(level).allotted_ticks();
        let task = self.task_mut(slot);
        task.level = level;
        task.allotment = allotment;
        self.refresh_slice(slot);
    }

    /// The next slice of a task that has used its own or yielded; one level down if its allotment is used up.
    pub(super) fn begin_slice(&mut self, slot: u16) {
        match &self.config.policy {
            Policy::Mlfq(Mlfq { levels, .. }) if self.task(slot).allotment == 0 => {
                let next = self.task(slot).level.saturating_add(1).min(levels.bottom());
                self.enter_level(slot, next);
            }
            _ => self.refresh_slice(slot),
        }
    }

    /// What MLFQ makes of a slice when its task blocks: it is kept. The very last tick counts as its end, even
    /// where blocking resets it, as in the book's simulator.
    pub(super) fn settle_slice(&mut self, slot: u16) {
        let Policy::Mlfq(Mlfq { levels, reset_on_block, .. }) = &self.config.policy else { return };
        let level = self.task(slot).level;
        let Level { quantum, .. } = levels.get(level);
        let (resets, is_over) = (*reset_on_block, self.slice_is_over(slot));
        if resets {
            self.enter_level(slot, level);
        }
        if is_over {
            if resets {
                self.task_mut(slot).allotment -= u64::from(quantum.get());
            }
            self.begin_slice(slot);
        }
    }

    /// Step 2: all tasks to the top, those of the lowest level first, each level in its order.
    pub(super) fn boost_if_due(&mut self) {
        let Policy::Mlfq(Mlfq { boost: Some(period), levels, .. }) = &self.config.policy else { return };
        if !self.now.is_multiple_of(period.get().into()) {
            return;
        }
        for level in (1..=levels.bottom()).rev() {
            while let Some(slot) = self.ready.list(level).first() {
                self.ready.remove(&mut self.links, level, slot);
                self.ready.push_back(&mut self.links, 0, slot);
            }
        }
        for slot in Self::slots() {
            self.enter_level(slot, 0);
        }
        self.recorder.record(Event { tick: self.now, task: None, kind: EventKind::Boost });
    }

    /// Switches to another policy. The running task continues with a new slice; ready ones queue up in
    /// the order in which they would have run; all begin on the new policy's top level.
    pub fn set_policy(&mut self, policy: Policy) {
        let mut order = [0; N];
        let mut count = 0;
        while let Some(slot) = self.best() {
            self.unready(slot);
            order[count] = slot;
            count += 1;
        }
        self.config.policy = policy;
        for slot in Self::slots() {
            self.enter_level(slot, 0);
            self.refresh_slice(slot);
        }
        for slot in order.into_iter().take(count) {
            let since = self.task(slot).ready_since;
            self.make_ready(slot, QueuePosition::Tail);
            self.task_mut(slot).ready_since = since;
        }
    }
}
