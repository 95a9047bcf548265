//! All threads, and the context switch.
//!
//! `scheduler` decides which thread is to run, `current` is the one whose registers the CPU has. They differ from the moment at which
//! something is decided to the end of the next trap: [`Threads::leave_trap`] switches.

use alloc::boxed::Box;
use alloc::collections::VecDeque;
use alloc::sync::Arc;
use alloc::vec::Vec;

use farjump_scheduler::config::Config;
use farjump_scheduler::{NewTask, Scheduler, TaskId, TickOutcome};

use super::builder::{ExitReason, Main, Remains, Stack, Thread, ThreadName};
use super::trace::Trace;
use super::{KillError, MAX_THREADS, SpawnError, StartError, WaitChannel, simulated_clock};
use crate::arch::trap::TrapFrame;

/// Threads whose names are kept after their end, for the trace.
const PAST_THREADS: usize = 64;

/// All threads.
pub(super) struct Threads {
    pub(super) scheduler: Scheduler<Trace, MAX_THREADS>,
    /// By [`TaskId::slot`], as far as slots were used.
    slots: Vec<Slot>,
    current: Current,
    idle: Idle,
    /// The number of the running thread, if it was killed while interrupts were off: it still runs on its stack.
    doomed: Option<u64>,
    /// Ticks are made by [`super::simulated_tick`], not by the timer.
    clock_is_simulated: bool,
    /// How many have begun to wait: the one that waits longest is woken first.
    waits: u64,
    /// The last threads that have ended, the oldest first.
    past: VecDeque<(TaskId, ThreadName, u64)>,
}

/// What a slot of the scheduler has here.
#[expect(clippy::large_enum_variant, reason = "slots stand in one array, and most that were used are live")]
enum Slot {
    Live(Thread),
    /// It has ended, perhaps on the very stack. [`Threads::take_ended`] frees all of it.
    Ended(Option<Remains>),
}

impl Slot {
    fn take_remains(&mut self) -> Option<Remains> {
        match self {
            Self::Ended(remains) => remains.take(),
            Self::Live(_) => None,
        }
    }
}

/// A thread that was inserted.
pub(super) struct Inserted {
    id: TaskId,
    /// Of one that had the same slot before, to be dropped after the lock is released.
    _old: Option<Remains>,
}

/// What a thread may hold when it ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum MayHold {
    /// Nothing: its main function has returned.
    Nothing,
    /// A mutex: it was stopped in the middle of something.
    Mutex,
}

/// Whose registers the CPU has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Current {
    /// The thread's of this slot.
    Thread(usize),
    Idle,
    /// Those of a thread that has ended: they aren't saved.
    None,
}

/// What runs when no thread can.
struct Idle {
    frame: TrapFrame,
    _stack: Stack,
}

impl Threads {
    /// The code that runs is the first thread. Large: it belongs on the heap.
    pub(super) fn new(config: Config, clock_is_simulated: bool) -> Result<Box<Self>, StartError> {
        let recorder = Trace::new().ok_or(SpawnError::OutOfMemory)?;
        let stack = Stack::new(Stack::MIN_SIZE)?;
        let mut threads = Box::new(Self {
            scheduler: Scheduler::new(config, recorder),
            slots: Vec::new(),
            current: Current::None,
            idle: Idle { frame: stack.first_frame(simulated_clock::idle), _stack: stack },
            doomed: None,
            clock_is_simulated,
            waits: 0,
            past: VecDeque::new(),
        });
        threads.past.try_reserve_exact(PAST_THREADS).map_err(|_| SpawnError::OutOfMemory)?;
        let first = threads.insert(NewTask::default(), 0, &mut Some(Thread::first()))?;
        threads.scheduler.reschedule();
        threads.current = Current::Thread(first.id.slot());
        Ok(threads)
    }

    /// Takes a new thread, which arrives `delay` ticks from now. On an error it stays with the caller.
    pub(super) fn insert(
        &mut self,
        task: NewTask,
        delay: u64,
        thread: &mut Option<Thread>,
    ) -> Result<Inserted, SpawnError> {
        self.slots.try_reserve(1).map_err(|_| SpawnError::OutOfMemory)?;
        let tick = self.scheduler.now().saturating_add(delay);
        let id = self.scheduler.spawn_at(task, tick).map_err(|_| SpawnError::TooManyThreads)?;
        if self.slots.len() == id.slot() {
            // Slots are used in their order the first time.
            self.slots.push(Slot::Ended(None));
        }
        let old = self.slots[id.slot()].take_remains();
        if let Some(thread) = thread.take() {
            self.slots[id.slot()] = Slot::Live(Thread { id: Some(id), ..thread });
        }
        Ok(Inserted { id, _old: old })
    }

    /// What is left of a thread that has ended, to be freed where interrupts are on. No CPU uses its stack: the caller
    /// runs on another one.
    pub(super) fn take_ended(&mut self) -> Option<Remains> {
        self.slots.iter_mut().find_map(Slot::take_remains)
    }

    /// What the running thread is to run, if it has just begun.
    pub(super) fn take_main(&mut self) -> Option<Main> {
        let Current::Thread(slot) = self.current else { return None };
        self.live_mut(slot)?.main.take()
    }

    /// A tick that the running thread makes itself, at whose end it does `turn`.
    pub(super) fn simulated_tick(&mut self, turn: TickOutcome, next_burst: Option<u64>) {
        let running = self.scheduler.running();
        self.scheduler.tick(turn);
        match (running, turn) {
            (Some(id), TickOutcome::Exits) => self.retire(id.slot(), ExitReason::Exited, MayHold::Nothing),
            // It sleeps, so it exists, and its burst wasn't requested yet.
            (Some(id), _) => drop(next_burst.map(|ticks| self.scheduler.set_burst(id, ticks))),
            (None, _) => {}
        }
    }

    pub(super) fn clock_is_simulated(&self) -> bool {
        self.clock_is_simulated
    }

    /// Charges the timer's `ticks` that have passed to the running thread, decides which thread runs after the trap that
    /// `frame` is of, and switches to it.
    pub(super) fn leave_trap(&mut self, ticks: u64, frame: &mut TrapFrame) {
        self.end_doomed();
        if ticks > 0 && !self.clock_is_simulated {
            // Decides too, with all that was woken before.
            self.scheduler.ticks(ticks, TickOutcome::Runs);
        } else {
            self.scheduler.reschedule();
        }
        self.switch_frame(frame);
    }

    /// The context switch: saves the frame with the thread that was interrupted, and replaces it by that of the thread
    /// that is to run.
    fn switch_frame(&mut self, frame: &mut TrapFrame) {
        let next = self.scheduler.running().map_or(Current::Idle, |id| Current::Thread(id.slot()));
        if next == self.current {
            return;
        }
        if let Some(saved) = self.frame_mut(self.current) {
            *saved = *frame;
        }
        if let Some(saved) = self.frame_mut(next) {
            *frame = *saved;
            self.current = next;
        }
    }

    fn frame_mut(&mut self, of: Current) -> Option<&mut TrapFrame> {
        match of {
            Current::Thread(slot) => self.live_mut(slot).map(|thread| &mut thread.frame),
            Current::Idle => Some(&mut self.idle.frame),
            Current::None => None,
        }
    }

    fn live_mut(&mut self, slot: usize) -> Option<&mut Thread> {
        match self.slots.get_mut(slot) {
            Some(Slot::Live(thread)) => Some(thread),
            _ => None,
        }
    }

    /// All threads that haven't ended.
    pub(super) fn live(&self) -> impl Iterator<Item = &Thread> {
        self.slots.iter().filter_map(|slot| match slot {
            Slot::Live(thread) => Some(thread),
            Slot::Ended(_) => None,
        })
    }

    /// The thread that runs.
    pub(super) fn running(&self) -> Option<&Thread> {
        let Current::Thread(slot) = self.current else { return None };
        match self.slots.get(slot) {
            Some(Slot::Live(thread)) => Some(thread),
            _ => None,
        }
    }

    /// Ends the thread that runs. It runs until the next trap, and no further.
    pub(super) fn end_running(&mut self, end: ExitReason, may_hold: MayHold) {
        if let Current::Thread(slot) = self.current {
            self.scheduler.exit();
            self.retire(slot, end, may_hold);
        }
    }

    /// Ends any thread but the first. The one that runs continues until the next trap if it `is_interruptible`, and
    /// no further; otherwise it holds a lock, or a handler has interrupted it, and it ends by [`Self::end_doomed`].
    pub(super) fn kill(&mut self, number: u64, is_interruptible: bool) -> Result<(), KillError> {
        let thread = self.find(number)?;
        if thread.is_first() {
            return Err(KillError::First);
        }
        let id = thread.id.ok_or(KillError::NoSuchThread)?;
        if !is_interruptible && self.current == Current::Thread(id.slot()) {
            self.doomed = Some(number);
            return Ok(());
        }
        self.scheduler.kill(id).map_err(|_| KillError::NoSuchThread)?;
        self.retire(id.slot(), ExitReason::Killed, MayHold::Mutex);
        Ok(())
    }

    /// Ends the thread that was killed while it couldn't be interrupted, now that a trap has done so.
    fn end_doomed(&mut self) {
        if let Some(number) = self.doomed.take() {
            // It may have ended in another way meanwhile, by a fault.
            let _ = self.kill(number, true);
        }
    }

    pub(super) fn set_priority(&mut self, number: u64, priority: u8) -> Result<(), KillError> {
        let id = self.find(number)?.id.ok_or(KillError::NoSuchThread)?;
        self.scheduler.set_priority(id, priority).map_err(|_| KillError::NoSuchThread)
    }

    /// Name and number of a thread, which may have ended.
    pub(super) fn name(&self, id: TaskId) -> Option<(ThreadName, u64)> {
        let live = self.live().find(|thread| thread.id == Some(id));
        let past = self.past.iter().find(|(past, ..)| *past == id);
        live.map(|thread| (thread.name(), thread.number())).or(past.map(|(_, name, number)| (*name, *number)))
    }

    fn find(&self, number: u64) -> Result<&Thread, KillError> {
        self.live().find(|thread| thread.number() == number).ok_or(KillError::NoSuchThread)
    }

    /// What is left to do for a thread that the scheduler has forgotten.
    fn retire(&mut self, slot: usize, end: ExitReason, may_hold: MayHold) {
        if self.current == Current::Thread(slot) {
            self.current = Current::None;
        }
        let Some(Slot::Live(thread)) = self.slots.get_mut(slot) else { return };
        let status = Arc::clone(&thread.status);
        let remains = thread.take_remains();
        if self.past.len() == PAST_THREADS {
            self.past.pop_front();
        }
        self.past.extend(thread.id.map(|id| (id, thread.name(), thread.number())));
        self.slots[slot] = Slot::Ended(Some(remains));
        status.set_end(end);
        self.wake(Some(WaitChannel::of(&*status)), usize::MAX);
        if may_hold == MayHold::Mutex {
            // All that wait look again.
            self.wake(None, usize::MAX);
        }
    }

    /// Has the running thread wait for `key`, or for this many ticks to pass.
    pub(super) fn block(&mut self, key: WaitChannel, ticks: Option<u64>) {
        self.waits += 1;
        let waits = self.waits;
        let Current::Thread(slot) = self.current else { return };
        if let Some(thread) = self.live_mut(slot) {
            thread.waiting = Some((key, waits));
        }
        match ticks {
            Some(ticks) => self.scheduler.sleep(ticks),
            None => self.scheduler.block(),
        }
    }

    /// The running thread doesn't wait any more, even if its time has run out and it wasn't woken: a later wake-up by
    /// that key is for other threads.
    pub(super) fn end_wait(&mut self) {
        if let Current::Thread(slot) = self.current
            && let Some(thread) = self.live_mut(slot)
        {
            thread.waiting = None;
        }
    }

    /// Wakes those that wait for `key`, or for anything, the longest waiting first, but no more than `most`.
    pub(super) fn wake(&mut self, key: Option<WaitChannel>, most: usize) {
        let mut woken = 0;
        while woken < most {
            let waiting = self.live().filter_map(|thread| {
                let (waits_for, order) = thread.waiting?;
                (key.is_none() || key == Some(waits_for)).then_some((order, thread.id?))
            });
            let Some((_, id)) = waiting.min_by_key(|(order, _)| *order) else { return };
            if let Some(thread) = self.live_mut(id.slot()) {
                thread.waiting = None;
            }
            // One whose time has run out is ready already, and another may be woken in its place.
            woken += usize::from(self.scheduler.wake(id).is_ok());
        }
    }
}
