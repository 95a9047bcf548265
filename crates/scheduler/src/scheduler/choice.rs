//! Who is best, who interrupts, and who gets the CPU.

use super::{Cpu, QueuePosition, Scheduler};
use crate::TaskId;
use crate::config::{Bursts, Policy, Priority, QueueEnd};
use crate::estimate::estimate_left;
use crate::event::{EventKind, Recorder};
use crate::task::State;

impl<R: Recorder, const N: usize> Scheduler<R, N> {
    /// Puts a task among the ready ones.
    pub(super) fn make_ready(&mut self, slot: u16, position: QueuePosition) {
        let (now, order, level) = (self.now, self.next_order, self.queue_level(slot));
        let task = self.task_mut(slot);
        task.state = Some(State::Ready);
        task.ready_since = now;
        match position {
            QueuePosition::Tail => {
                task.ready_order = order;
                self.next_order += 1;
                self.ready.push_back(&mut self.links, level, slot);
            }
            QueuePosition::Head => self.ready.push_front(&mut self.links, level, slot),
            QueuePosition::Kept => {
                let before = self.last_older(level, slot);
                self.ready.insert_after(&mut self.links, level, before, slot);
            }
        }
    }

    /// Returns the last task of a level that became ready before this one.
    fn last_older(&self, level: u8, slot: u16) -> Option<u16> {
        let order = self.task(slot).ready_order;
        let list = self.links.iter(self.ready.list(level));
        list.take_while(|other| self.task(*other).ready_order < order).last()
    }

    /// Takes a task out of the ready ones.
    pub(super) fn unready(&mut self, slot: u16) {
        let level = self.queue_level(slot);
        self.ready.remove(&mut self.links, level, slot);
    }

    /// Returns the list that a task is in while it is ready. Policies that must look at all tasks use one.
    pub(super) fn queue_level(&self, slot: u16) -> u8 {
        match &self.config.policy {
            Policy::Priority(priority) if priority.ageing.is_none() => {
                priority.level(self.task(slot).priority)
            }
            Policy::Mlfq(_) => self.task(slot).level,
            _ => 0,
        }
    }

    /// Returns the ready task that goes first. At once, but for SJF, SRTF and ageing, which look at all ready tasks.
    pub(super) fn best(&self) -> Option<u16> {
        let all = || self.links.iter(self.ready.list(0));
        // Of equals `min_by_key` returns the first, and lists are in ready order.
        match &self.config.policy {
            Policy::Sjf | Policy::Srtf => all().min_by_key(|slot| self.burst_left(*slot)),
            Policy::Priority(priority) if priority.ageing.is_some() => {
                all().min_by_key(|slot| self.aged_level(priority, *slot))
            }
            _ => self.ready.first(),
        }
    }

    /// Returns the number of ticks left of a task's burst, as far as they are known.
    fn burst_left(&self, slot: u16) -> u64 {
        let task = self.task(slot);
        match self.config.bursts {
            Bursts::Known => task.burst,
            Bursts::Estimated { .. } => estimate_left(task.estimate, task.used),
        }
    }

    /// Returns a ready task's level, the better the longer it has waited: below 0 in the end.
    fn aged_level(&self, priority: &Priority, slot: u16) -> i64 {
        let task = self.task(slot);
        let steps =
            priority.ageing.map_or(0, |period| (self.now - task.ready_since) / u64::from(period.get()));
        i64::from(priority.level(task.priority)).saturating_sub_unsigned(steps)
    }

    /// Step 5 at a tick.
    pub(super) fn preempt_at_tick(&mut self) {
        let Cpu::Running(running) = self.cpu else { return };
        if !matches!(self.config.policy, Policy::Mlfq(_)) {
            return self.preempt();
        }
        // It is in its queue, since `stand_at_head`: it continues if nothing was queued before it.
        if self.best() == Some(running) {
            self.unready(running);
            self.task_mut(running).state = Some(State::Running);
        } else {
            self.cpu = Cpu::Idle;
            self.record(running, EventKind::Preempt);
        }
    }

    /// MLFQ's running task is the first of its level while others join, and its place counts at a boost.
    pub(super) fn stand_at_head(&mut self) {
        if let (Cpu::Running(running), Policy::Mlfq(_)) = (self.cpu, &self.config.policy) {
            self.make_ready(running, QueuePosition::Head);
        }
    }

    /// Takes the CPU from the running task if a ready one is strictly better. MLFQ does so at ticks alone.
    pub(super) fn preempt(&mut self) {
        let Cpu::Running(running) = self.cpu else { return };
        // Asked first: with some policies the best one is found by looking at all.
        let position = match &self.config.policy {
            Policy::Srtf => QueuePosition::Kept,
            Policy::Priority(Priority { preemptive: true, preempted_to: QueueEnd::Head, .. }) => {
                QueuePosition::Kept
            }
            Policy::Priority(Priority { preemptive: true, preempted_to: QueueEnd::Tail, .. }) => {
                QueuePosition::Tail
            }
            _ => return,
        };
        if !self.best().is_some_and(|best| self.is_better(best, running)) {
            return;
        }
        self.cpu = Cpu::Idle;
        self.record(running, EventKind::Preempt);
        if position == QueuePosition::Tail {
            self.refresh_slice(running);
        }
        self.make_ready(running, position);
    }

    /// Returns whether a ready task is strictly better than the running one.
    fn is_better(&self, ready: u16, running: u16) -> bool {
        match &self.config.policy {
            Policy::Priority(priority) => {
                self.aged_level(priority, ready) < i64::from(priority.level(self.task(running).priority))
            }
            _ => self.burst_left(ready) < self.burst_left(running),
        }
    }

    /// Step 6: dispatches the best task on a free CPU, after the ticks of a switch.
    pub(super) fn dispatch(&mut self) {
        if let Cpu::Switching { slot, left: 0 } = self.cpu {
            return self.start(slot);
        }
        let (Cpu::Idle, Some(slot)) = (self.cpu, self.best()) else { return };
        self.unready(slot);
        self.task_mut(slot).state = Some(State::Running);
        let left = self.config.switch_cost;
        if left > 0 && self.is_switch(slot) {
            self.record(slot, EventKind::Switch);
            self.cpu = Cpu::Switching { slot, left };
        } else {
            self.start(slot);
        }
    }

    /// Returns whether another task ran last. Nothing is switched from before the first one.
    fn is_switch(&self, slot: u16) -> bool {
        self.last.is_some_and(|last: TaskId| last != self.id(slot))
    }

    fn start(&mut self, slot: u16) {
        self.record(slot, EventKind::Dispatch);
        if self.is_switch(slot) {
            self.task_mut(slot).switches += 1;
        }
        self.last = Some(self.id(slot));
        self.cpu = Cpu::Running(slot);
    }
}
