//! Threads of the kernel: preemptive, under one of six policies.
//!
//! There is one way from a thread to another: through a trap. `trap.S` has put all registers of the one that runs on
//! the interrupt stack, and loads from there what goes on. In between, `reschedule` replaces the frame:
//!
//! ```text
//! thread A ── timer, device, int ──▶ frame on the interrupt stack ──▶ saved in thread A
//! thread B ◀────────── iretq ─────── frame on the interrupt stack ◀── saved in thread B
//! ```
//!
//! So a thread that is preempted and one that gives the CPU up are saved alike, with red zone and SSE registers. Which
//! thread is next, the crate `scheduler` decides.
//!
//! | file | has |
//! |---|---|
//! | `thread/builder.rs` | a thread to be, its first frame, and the handle to wait for its end |
//! | `thread/table.rs` | all threads, and the context switch |
//! | `thread/wait.rs` | waiting for a condition, and waking who waits |
//! | `thread/mutex.rs`, `thread/channel.rs` | locks and queues that block instead of spinning |
//! | `thread/policy.rs` | the policies, as the command line names them |
//! | `thread/report.rs` | what there is to say of threads |
//! | `thread/trace.rs` | the last scheduling events |
//! | `thread/virtual_ticks.rs` | ticks that threads make themselves, for runs that repeat |
//!
//! Assumes one CPU. A thread that gave up the CPU while it holds an [`IrqMutex`] would lock everybody out. So what has
//! to give it up ([`sleep`], [`yield_now`], [`exit()`], all that waits) panics with interrupts off. [`wake_one`],
//! [`wake_all`], [`Builder::spawn`], [`kill`] and [`set_priority`] only let a better thread run: with interrupts off,
//! under a lock or in an interrupt handler, that happens when the lock is released or the handler returns.

mod builder;
mod channel;
mod mutex;
mod policy;
mod report;
mod table;
mod trace;
mod virtual_ticks;
mod wait;

use alloc::boxed::Box;
use core::fmt;
use core::sync::atomic::{AtomicU64, Ordering};
use core::time::Duration;

use x86_64::instructions::interrupts;

pub use builder::{Builder, ExitReason, JoinHandle, SpawnError, ThreadName, find};
pub use channel::{Closed, Receiver, Sender, channel};
pub use mutex::{Mutex, MutexGuard};
pub use policy::{UnknownPolicy, default_policy, describe, goes_by_estimates, policy};
pub use report::{ThreadInfo, state_name, threads};
pub use trace::{TraceLine, trace};
pub use virtual_ticks::virtual_tick;
pub use wait::{WaitChannel, wait_until, wait_until_tick, wake_all, wake_one};

use builder::Thread;
use farjump_scheduler::Config;
use table::{MayHold, Threads};

use crate::arch::trap::{self, TrapFrame, TrapResult};
use crate::exit;
use crate::memory::pages::PagesError;
use crate::sync::{self, IrqMutex};
use crate::time::{self, Instant};
use farjump_x86::Exception;

/// Threads at most, the first one included.
pub const MAX_THREADS: usize = 64;

/// Through which a thread gives up the CPU. No device has it.
const SWITCH_VECTOR: u8 = 0x70;

/// `None` until [`start`].
static THREADS: IrqMutex<Option<Box<Threads>>> = IrqMutex::new(None);

/// Makes the code that runs the first thread, `main`, and lets others be spawned.
///
/// # Errors
/// [`StartError`].
pub fn start(config: Config) -> Result<(), StartError> {
    start_with(config, false)
}

/// The same with the policy that the command line's `sched=` names, if there is one. What is wrong is logged, and
/// keeps no kernel from starting; without threads, its start has failed.
pub fn start_as_told(wish: Option<&str>) {
    let config = wish.map(policy).unwrap_or(Ok(default_policy())).unwrap_or_else(|error| {
        log::warn!("sched={}: {error}", wish.unwrap_or_default());
        default_policy()
    });
    match start(config) {
        Ok(()) => log::info!("threads run under {}", describe(&config)),
        Err(error) => {
            log::error!("no threads: {error}");
            exit::note_failed_start();
        }
    }
}

/// The same, where threads make the ticks by [`virtual_tick`]: for runs that repeat. When no other thread lives, it
/// starts anew at tick 0.
///
/// # Errors
/// [`StartError`].
pub fn start_with_virtual_ticks(config: Config) -> Result<(), StartError> {
    start_with(config, true)
}

fn start_with(config: Config, ticks_are_virtual: bool) -> Result<(), StartError> {
    let new = Threads::new(config, ticks_are_virtual)?;
    let old = {
        let mut threads = THREADS.lock();
        if threads.as_ref().is_some_and(|threads| threads.live().any(|thread| !thread.is_first())) {
            return Err(StartError::ThreadsRun);
        }
        threads.replace(new)
    };
    drop(old);
    trap::set_handler(SWITCH_VECTOR, |frame| {
        reschedule(frame);
        TrapResult::Handled
    });
    sync::set_deferred(switch);
    time::on_tick(tick);
    crate::interrupts::on_exit(reschedule);
    Ok(())
}

/// Whether there are threads.
#[must_use]
pub fn is_started() -> bool {
    THREADS.lock().is_some()
}

/// Whether threads can be woken without waiting for anybody: nobody who was interrupted is changing them.
pub(crate) fn can_wake() -> bool {
    THREADS.try_lock().is_some()
}

/// Ticks of the timer that [`reschedule`] charges to the running thread.
static TICKS_TO_CHARGE: AtomicU64 = AtomicU64::new(0);

/// The timer has ticked. The end of its interrupt charges the ticks, decides and switches.
fn tick(_: &mut TrapFrame) {
    TICKS_TO_CHARGE.fetch_add(time::last_charge(), Ordering::Relaxed);
}

/// Lets the best thread go on behind a trap, whoever was interrupted: each interrupt ends so.
pub(crate) fn reschedule(frame: &mut TrapFrame) {
    sync::cancel_deferred();
    let ticks = TICKS_TO_CHARGE.swap(0, Ordering::Relaxed);
    if let Some(threads) = THREADS.lock().as_mut() {
        threads.leave_trap(ticks, frame);
    }
}

/// Goes through a trap, behind which the best thread goes on: this one, perhaps much later.
fn switch() {
    trap::raise::<SWITCH_VECTOR>();
}

/// Lets the best thread go on, as soon as that can be: at once, or where interrupts are off when the lock that is held
/// is released. An interrupt that comes before, or whose handler this is, ends in the same.
fn switch_when_possible() {
    if interrupts::are_enabled() {
        switch();
    } else {
        sync::defer();
    }
}

/// Does `stop` to the running thread, and comes back when it runs again. Without threads nothing happens.
///
/// # Panics
/// Interrupts are off.
fn stop(stop: impl FnOnce(&mut Threads)) {
    assert!(interrupts::are_enabled(), "a thread gives up the CPU while it holds a lock");
    interrupts::without_interrupts(|| {
        if let Some(threads) = THREADS.lock().as_mut() {
            stop(threads);
        }
        switch();
    });
}

/// Lets other threads run, if the policy has any that may.
pub fn yield_now() {
    stop(|threads| threads.scheduler.yield_now());
}

/// Lets others run until so many ticks have passed: between `ticks - 1` and `ticks` of the timer's periods.
pub fn sleep(ticks: u64) {
    stop(|threads| threads.scheduler.sleep(ticks));
}

/// Waits. Other threads run meanwhile, or the CPU is halted where ticks wake it. Without threads and with interrupts off
/// it only waits.
pub fn sleep_for(duration: Duration) {
    let end = Instant::now() + duration;
    while Instant::now() < end {
        if is_started() && interrupts::are_enabled() {
            // One tick at least; the last of several may end a little early, and another one follows then.
            let ticks = (end - Instant::now()).as_nanos() / time::period().as_nanos().max(1);
            sleep(u64::try_from(ticks).unwrap_or(u64::MAX).max(1));
        } else {
            time::rest();
        }
    }
}

/// Ends the running thread. What it owns isn't dropped; who waits for a [`Mutex`] that it has gets it.
///
/// # Panics
/// It is the first one, whose end would be the kernel's.
pub fn exit() -> ! {
    end_current(ExitReason::Exited, MayHold::Mutex)
}

/// Ends the running thread, which [`may_end`], by a panic.
pub(crate) fn end_by_panic() -> ! {
    interrupts::enable();
    end_current(ExitReason::Panicked, MayHold::Mutex)
}

fn end_current(end: ExitReason, may_hold: MayHold) -> ! {
    assert!(may_end(), "the first thread can't end, nor the only one");
    stop(|threads| threads.end_running(end, may_hold));
    unreachable!("a thread that has ended runs again");
}

/// Ends the thread that an exception has interrupted, and which [`may_end`]: another's frame comes in the place of its
/// own.
pub(crate) fn end_by_exception(exception: Exception, frame: &mut TrapFrame) {
    if let Some(threads) = THREADS.lock().as_mut() {
        threads.end_running(ExitReason::Faulted(exception), MayHold::Mutex);
        threads.leave_trap(0, frame);
    }
}

/// Whether a thread runs that may end: any but the first.
pub(crate) fn may_end() -> bool {
    let threads = THREADS.try_lock();
    let running = threads.as_ref().and_then(|threads| threads.as_ref()?.running());
    running.is_some_and(|thread| !thread.is_first())
}

/// Ends a thread by its number, wherever it is. What it owns is lost, but for its stack; locks that it holds are
/// given to who waits for them. A thread that hasn't begun drops what it was to run.
///
/// With interrupts off, the thread that runs, or that a handler has interrupted, ends when they go on.
///
/// # Errors
/// [`KillError`].
pub fn kill(number: u64) -> Result<(), KillError> {
    let is_interruptible = interrupts::are_enabled();
    match THREADS.lock().as_mut() {
        Some(threads) => threads.kill(number, is_interruptible)?,
        None => return Err(KillError::NoSuchThread),
    }
    switch_when_possible();
    Ok(())
}

/// Gives a thread another priority, which only the policy `priority` looks at; the smaller goes first.
///
/// # Errors
/// [`KillError::NoSuchThread`].
pub fn set_priority(number: u64, priority: u8) -> Result<(), KillError> {
    match THREADS.lock().as_mut() {
        Some(threads) => threads.set_priority(number, priority)?,
        None => return Err(KillError::NoSuchThread),
    }
    switch_when_possible();
    Ok(())
}

/// Has another policy decide from now on.
pub fn set_policy(config: Config) {
    if let Some(threads) = THREADS.lock().as_mut() {
        threads.scheduler.set_policy(config.policy);
    }
}

/// How it is decided who runs; `None` without threads.
#[must_use]
pub fn config() -> Option<Config> {
    THREADS.lock().as_ref().map(|threads| *threads.scheduler.config())
}

/// The number of the thread that runs; 0, the first one's, without threads.
#[must_use]
pub fn current() -> u64 {
    THREADS.lock().as_ref().and_then(|threads| threads.running()).map_or(0, Thread::number)
}

/// Whether the thread of this number hasn't ended.
fn is_live(number: u64) -> bool {
    THREADS.lock().as_ref().is_some_and(|threads| threads.live().any(|thread| thread.number() == number))
}

/// Returns number and name of the running thread, for a report: `None` without threads, or while their table is locked.
pub(crate) fn try_current() -> Option<(u64, ThreadName)> {
    let threads = THREADS.try_lock()?;
    let thread = threads.as_ref()?.running()?;
    Some((thread.number(), thread.name()))
}

/// The thread below whose stack `address` is, in the page that is never mapped.
pub(crate) fn guard_page_owner(address: u64) -> Option<ThreadName> {
    let threads = THREADS.try_lock()?;
    let mut live = threads.as_ref()?.live();
    live.find(|thread| thread.stack.as_ref().is_some_and(|stack| stack.is_guard(address))).map(Thread::name)
}

/// Ticks that were charged to the running thread; 0 without threads.
pub(crate) fn own_ticks() -> u64 {
    let threads = THREADS.lock();
    let ticks = threads.as_ref().and_then(|threads| {
        let id = threads.running()?.id?;
        Some(threads.scheduler.info(id).ok()?.ticks)
    });
    ticks.unwrap_or(0)
}

/// Why threads aren't started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StartError {
    /// There are threads already, beside the first.
    ThreadsRun,
    /// The first thread, or what runs when no thread can, has no memory.
    First(SpawnError),
}

impl From<SpawnError> for StartError {
    fn from(error: SpawnError) -> Self {
        Self::First(error)
    }
}

impl From<PagesError> for StartError {
    fn from(error: PagesError) -> Self {
        Self::First(SpawnError::Stack(error))
    }
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ThreadsRun => f.write_str("threads run already"),
            Self::First(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for StartError {}

/// Why a thread isn't ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KillError {
    /// None has this number (any more).
    NoSuchThread,
    /// It is the first, whose end would be the kernel's.
    First,
}

impl fmt::Display for KillError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoSuchThread => "there is no such thread (any more); `ps` lists them",
            Self::First => "the first thread can't be ended: it is the kernel's own",
        })
    }
}

impl core::error::Error for KillError {}
