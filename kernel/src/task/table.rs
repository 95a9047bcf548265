//! All threads, and the exchange of one's registers for another's.
//!
//! `scheduler` says which thread is to run, `on_cpu` whose registers the CPU has. They differ from the moment at which
//! something is decided to the end of the next trap: [`Threads::reschedule`] brings them together.

use alloc::boxed::Box;
use alloc::collections::VecDeque;
use alloc::sync::Arc;
use alloc::vec::Vec;

use scheduler::config::Config;
use scheduler::{NewTask, Scheduler, TaskId, Turn};

use super::thread::{Stack, Thread, ThreadEnd, ThreadName};
use super::trace::Trace;
use super::{KillError, MOST_THREADS, SpawnError, StartError, WaitKey, virtual_ticks};
use crate::arch::trap::TrapFrame;
use crate::time;

/// Threads whose names are kept after their end, for the trace.
const PAST_THREADS: usize = 64;

/// All threads.
pub(super) struct Threads {
    pub(super) scheduler: Scheduler<Trace, MOST_THREADS>,
    /// By [`TaskId::slot`], as far as slots were used.
    slots: Vec<Slot>,
    on_cpu: OnCpu,
    idle: Idle,
    /// Ticks are made by [`super::virtual_tick`], not by the timer.
    ticks_are_virtual: bool,
    /// How many have begun to wait: who waits longest is woken first.
    waits: u64,
    /// The last threads that have ended, the oldest first.
    past: VecDeque<(TaskId, ThreadName, u64)>,
}

/// What a slot of the scheduler has here.
#[expect(clippy::large_enum_variant, reason = "slots stand in one array, and most that were used are live")]
enum Slot {
    Live(Thread),
    /// It has ended, perhaps on the very stack. [`Threads::take_ended`] leaves nothing of it.
    Ended(Option<Stack>),
}

/// Whose registers the CPU has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum OnCpu {
    /// The thread's of this slot.
    Thread(usize),
    Idle,
    /// Those of a thread that has ended: nobody wants them back.
    Nobody,
}

/// What runs when no thread can.
struct Idle {
    frame: TrapFrame,
    _stack: Stack,
}

impl Threads {
    /// The code that runs is the first thread. Large: it belongs on the heap.
    pub(super) fn new(config: Config, ticks_are_virtual: bool) -> Result<Box<Self>, StartError> {
        let recorder = Trace::new().ok_or(SpawnError::OutOfMemory)?;
        let stack = Stack::new(Stack::LEAST_SIZE)?;
        let mut threads = Box::new(Self {
            scheduler: Scheduler::new(config, recorder),
            slots: Vec::new(),
            on_cpu: OnCpu::Nobody,
            idle: Idle { frame: stack.first_frame(virtual_ticks::idle, 0), _stack: stack },
            ticks_are_virtual,
            waits: 0,
            past: VecDeque::new(),
        });
        threads.past.try_reserve_exact(PAST_THREADS).map_err(|_| SpawnError::OutOfMemory)?;
        let first = threads.insert(NewTask::default(), 0, Thread::first())?;
        threads.scheduler.reschedule();
        threads.on_cpu = OnCpu::Thread(first.slot());
        Ok(threads)
    }

    /// A new thread, which arrives `delay` ticks from now. Slots of threads that have ended are empty: see
    /// [`Self::take_ended`].
    pub(super) fn insert(&mut self, task: NewTask, delay: u64, thread: Thread) -> Result<TaskId, SpawnError> {
        self.slots.try_reserve(1).map_err(|_| SpawnError::OutOfMemory)?;
        let tick = self.scheduler.now().saturating_add(delay);
        let id = self.scheduler.spawn_at(task, tick).map_err(|_| SpawnError::TooManyThreads)?;
        let slot = Slot::Live(Thread { id: Some(id), ..thread });
        match self.slots.get_mut(id.slot()) {
            Some(old) => *old = slot,
            // Slots are used in their order the first time.
            None => self.slots.push(slot),
        }
        Ok(id)
    }

    /// The stack of a thread that has ended, to be freed where interrupts are on. It is nobody's on the CPU: whoever
    /// calls this runs on another.
    pub(super) fn take_ended(&mut self) -> Option<Stack> {
        self.slots.iter_mut().find_map(|slot| match slot {
            Slot::Ended(stack) => stack.take(),
            Slot::Live(_) => None,
        })
    }

    /// The timer's interrupt.
    pub(super) fn timer_tick(&mut self, frame: &mut TrapFrame) {
        if !self.ticks_are_virtual {
            self.scheduler.ticks(time::last_charge(), Turn::Runs);
            self.exchange(frame);
        }
    }

    /// A tick that the running thread makes itself, at whose end it does `turn`.
    pub(super) fn virtual_tick(&mut self, turn: Turn, next_burst: Option<u64>) {
        let running = self.scheduler.running();
        self.scheduler.tick(turn);
        match (running, turn) {
            (Some(id), Turn::Exits) => self.retire(id.slot(), ThreadEnd::Finished),
            // It sleeps, so it is there, and nobody has asked for its burst yet.
            (Some(id), _) => drop(next_burst.map(|ticks| self.scheduler.set_burst(id, ticks))),
            (None, _) => {}
        }
    }

    pub(super) fn ticks_are_virtual(&self) -> bool {
        self.ticks_are_virtual
    }

    /// Decides who runs, and has it go on behind the trap that `frame` is of.
    pub(super) fn reschedule(&mut self, frame: &mut TrapFrame) {
        self.scheduler.reschedule();
        self.exchange(frame);
    }

    /// Keeps the frame with whom it is of, and puts that of who is to run in its place.
    fn exchange(&mut self, frame: &mut TrapFrame) {
        let next = self.scheduler.running().map_or(OnCpu::Idle, |id| OnCpu::Thread(id.slot()));
        if next == self.on_cpu {
            return;
        }
        if let Some(kept) = self.frame_mut(self.on_cpu) {
            *kept = *frame;
        }
        if let Some(kept) = self.frame_mut(next) {
            *frame = *kept;
            self.on_cpu = next;
        }
    }

    fn frame_mut(&mut self, of: OnCpu) -> Option<&mut TrapFrame> {
        match of {
            OnCpu::Thread(slot) => self.live_mut(slot).map(|thread| &mut thread.frame),
            OnCpu::Idle => Some(&mut self.idle.frame),
            OnCpu::Nobody => None,
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
        let OnCpu::Thread(slot) = self.on_cpu else { return None };
        self.live().find(|thread| thread.id.is_some_and(|id| id.slot() == slot))
    }

    /// Ends the thread that runs. It goes on until the next trap, and no further.
    pub(super) fn end_running(&mut self, end: ThreadEnd) {
        if let OnCpu::Thread(slot) = self.on_cpu {
            self.scheduler.exit();
            self.retire(slot, end);
        }
    }

    /// Ends any thread but the first.
    pub(super) fn kill(&mut self, number: u64) -> Result<(), KillError> {
        let thread = self.find(number)?;
        if thread.is_first() {
            return Err(KillError::First);
        }
        let id = thread.id.ok_or(KillError::NoSuchThread)?;
        self.scheduler.kill(id).map_err(|_| KillError::NoSuchThread)?;
        self.retire(id.slot(), ThreadEnd::Killed);
        Ok(())
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
    fn retire(&mut self, slot: usize, end: ThreadEnd) {
        if self.on_cpu == OnCpu::Thread(slot) {
            self.on_cpu = OnCpu::Nobody;
        }
        let Some(Slot::Live(thread)) = self.slots.get_mut(slot) else { return };
        let status = Arc::clone(&thread.status);
        let stack = thread.stack.take();
        if self.past.len() == PAST_THREADS {
            self.past.pop_front();
        }
        self.past.extend(thread.id.map(|id| (id, thread.name(), thread.number())));
        self.slots[slot] = Slot::Ended(stack);
        status.set_end(end);
        self.wake(Some(WaitKey::of(&*status)), usize::MAX);
        if end != ThreadEnd::Finished {
            // It may have held a mutex: everybody looks again.
            self.wake(None, usize::MAX);
        }
    }

    /// Has the running thread wait for `key`, or for this many ticks to pass.
    pub(super) fn block(&mut self, key: WaitKey, ticks: Option<u64>) {
        self.waits += 1;
        let waits = self.waits;
        let OnCpu::Thread(slot) = self.on_cpu else { return };
        if let Some(thread) = self.live_mut(slot) {
            thread.waiting = Some((key, waits));
        }
        match ticks {
            Some(ticks) => self.scheduler.sleep(ticks),
            None => self.scheduler.block(),
        }
    }

    /// The running thread doesn't wait any more, even if its time has run out and nobody has woken it: what is woken by
    /// that key next is for others.
    pub(super) fn end_wait(&mut self) {
        if let OnCpu::Thread(slot) = self.on_cpu
            && let Some(thread) = self.live_mut(slot)
        {
            thread.waiting = None;
        }
    }

    /// Wakes those that wait for `key`, or for anything, the longest waiting first, but no more than `most`.
    pub(super) fn wake(&mut self, key: Option<WaitKey>, most: usize) {
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
