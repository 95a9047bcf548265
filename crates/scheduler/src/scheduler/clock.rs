//! A tick, step by step, and the timers.

use super::{Cpu, QueuePosition, Scheduler, TickOutcome};
use crate::TaskId;
use crate::config::{AtExpiry, Bursts, Policy, QueueEnd};
use crate::estimate::next_estimate;
use crate::event::{EventKind, Recorder};
use crate::task::State;

impl<R: Recorder, const N: usize> Scheduler<R, N> {
    /// Accounts for a tick, at whose end the running task did `outcome`. Returns the task that runs in the next one.
    ///
    /// What happens at one instant happens in this order:
    /// 1. the tick is charged to the running task; it stops if it wants to, or if its slice is over;
    /// 2. MLFQ's boost;
    /// 3. timers that are due, in the order in which they were set: arrivals, wake-ups;
    /// 4. a task that stopped but is ready queues up (before step 2 where the policy says expired first);
    /// 5. a better task takes the CPU away;
    /// 6. the best task is dispatched on a free CPU.
    pub fn tick(&mut self, outcome: TickOutcome) -> Option<TaskId> {
        self.now += 1;
        let requeued = self.close_tick(outcome);
        let first = self.config.policy.at_expiry() == AtExpiry::ExpiredFirst;
        if let Some(slot) = requeued.filter(|_| first) {
            self.make_ready(slot, QueuePosition::Tail);
        }
        self.stand_at_head();
        self.boost_if_due();
        self.fire_timers();
        if let Some(slot) = requeued.filter(|_| !first) {
            self.make_ready(slot, QueuePosition::Tail);
        }
        self.preempt_at_tick();
        self.dispatch();
        self.running()
    }

    /// Accounts for `count` ticks at once: no decision was possible in between, because the timer's interrupts were held
    /// back. All are charged to the task that ran, and what was due meanwhile happens at the last, as in [`Self::tick`].
    /// With 0 nothing does.
    pub fn ticks(&mut self, count: u64, outcome: TickOutcome) -> Option<TaskId> {
        if count == 0 {
            return self.running();
        }
        for _ in 1..count {
            self.now += 1;
            match &mut self.cpu {
                Cpu::Idle => {}
                // The last one is for `tick`, which has the task start.
                Cpu::Switching { left, .. } => *left = (*left - 1).max(1),
                Cpu::Running(slot) => {
                    let slot = *slot;
                    self.charge(slot);
                }
            }
            self.boost_if_due();
        }
        self.tick(outcome)
    }

    /// Step 1. Returns the task that stopped running and is ready.
    fn close_tick(&mut self, outcome: TickOutcome) -> Option<u16> {
        match &mut self.cpu {
            Cpu::Idle => None,
            Cpu::Switching { left, .. } => {
                *left -= 1;
                None
            }
            Cpu::Running(slot) => {
                let slot = *slot;
                self.charge(slot);
                self.stop(slot, outcome)
            }
        }
    }

    /// Counts a tick of running.
    fn charge(&mut self, slot: u16) {
        let task = self.task_mut(slot);
        task.ticks += 1;
        task.used += 1;
        task.burst = task.burst.saturating_sub(1);
        task.slice = task.slice.map(|left| left.saturating_sub(1));
        task.allotment = task.allotment.saturating_sub(1);
    }

    /// Takes the CPU from the running task if `outcome` or its slice requires it. A task that stops at the very end of
    /// its slice hasn't outrun it. Returns it if it is to be queued.
    pub(super) fn stop(&mut self, slot: u16, outcome: TickOutcome) -> Option<u16> {
        match outcome {
            TickOutcome::Runs if !self.slice_is_over(slot) => return None,
            TickOutcome::Runs => self.record(slot, EventKind::Expire),
            TickOutcome::Yields | TickOutcome::Sleeps(0) => self.record(slot, EventKind::Yield),
            TickOutcome::Sleeps(_) => self.record(slot, EventKind::Sleep),
            TickOutcome::Blocks => self.record(slot, EventKind::Block),
            TickOutcome::Exits => self.record(slot, EventKind::Exit),
        }
        self.cpu = Cpu::Idle;
        match outcome {
            TickOutcome::Runs | TickOutcome::Yields | TickOutcome::Sleeps(0) => {
                self.begin_slice(slot);
                // It isn't in any list until it is queued, a few lines on.
                self.task_mut(slot).state = Some(State::Ready);
                return Some(slot);
            }
            TickOutcome::Sleeps(ticks) => {
                self.end_burst(slot);
                self.set_timer(slot, State::Sleeping, self.now.saturating_add(ticks));
            }
            TickOutcome::Blocks => {
                self.end_burst(slot);
                self.task_mut(slot).state = Some(State::Blocked);
            }
            TickOutcome::Exits => self.free_slot(slot),
        }
        None
    }

    /// A burst is over: its length goes into the estimate of the next, and MLFQ settles the slice.
    fn end_burst(&mut self, slot: u16) {
        self.settle_slice(slot);
        let estimated = matches!(self.config.bursts, Bursts::Estimated { .. });
        let task = self.task_mut(slot);
        if estimated {
            task.estimate = next_estimate(task.estimate, task.used);
        }
        task.used = 0;
    }

    /// Step 3.
    fn fire_timers(&mut self) {
        while let Some(slot) = self.timers.first().filter(|slot| self.task(*slot).due <= self.now) {
            self.links.remove(&mut self.timers, slot);
            if self.task(slot).state == Some(State::New) {
                self.arrive(slot);
            } else {
                self.wake_slot(slot);
            }
        }
    }

    /// Makes a task ready that waited, and is in no list.
    pub(super) fn wake_slot(&mut self, slot: u16) {
        self.record(slot, EventKind::Wake);
        let place = match self.config.policy {
            Policy::Mlfq(mlfq) if mlfq.woken_to == QueueEnd::Head => QueuePosition::Head,
            _ => QueuePosition::Tail,
        };
        if !matches!(self.config.policy, Policy::Mlfq(_)) {
            self.refresh_slice(slot);
        }
        self.make_ready(slot, place);
    }

    /// Sets a task's timer. Those that are due together fire in the order in which they were set.
    pub(super) fn set_timer(&mut self, slot: u16, state: State, due: u64) {
        let task = self.task_mut(slot);
        task.state = Some(state);
        task.due = due;
        let mut before = self.timers.last();
        while let Some(earlier) = before.filter(|earlier| self.task(*earlier).due > due) {
            before = self.links.prev(earlier);
        }
        self.links.insert_after(&mut self.timers, before, slot);
    }
}
