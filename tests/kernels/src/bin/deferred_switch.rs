//! `spawn`, `kill` and `set_priority` where the CPU must be kept: while an `IrqMutex` is held, and in an
//! interrupt handler. The better thread runs as soon as the lock is released or the handler has returned, not before.
//!
//! All tests run under the policy `priority`, where the first thread yields to every other one.

#![no_std]
#![no_main]

extern crate alloc;

use core::arch::asm;
use core::sync::atomic::{AtomicU64, Ordering};

use farjump_api::BootInfo;
use farjump_kernel::interrupts::{self, Handler, Irq};
use farjump_kernel::sync::IrqMutex;
use farjump_kernel::thread::{self, Builder, ExitReason, JoinHandle, WaitChannel};
use test_kernels::test_kernel;

test_kernel!(
    spawn_under_a_lock_switches_when_it_is_released,
    kill_under_a_lock_switches_when_it_is_released,
    set_priority_under_a_lock_switches_when_it_is_released,
    wake_under_a_lock_switches_when_it_is_released,
    the_outer_of_two_locks_is_the_one_that_counts,
    a_thread_that_kills_itself_under_a_lock_releases_it_first,
    spawn_in_a_handler_switches_after_it,
    kill_in_a_handler_switches_after_it,
    set_priority_in_a_handler_switches_after_it,
    a_handler_may_kill_the_thread_that_it_interrupts,
    without_interrupts_the_next_interrupt_switches,
);

/// The lock that each test holds, and that each better thread takes.
static LOCK: IrqMutex<u64> = IrqMutex::new(0);

/// Better threads that have had the lock.
static RAN: AtomicU64 = AtomicU64::new(0);

/// The thread that a handler is to change.
static TARGET: AtomicU64 = AtomicU64::new(0);

const BETTER: u8 = 10;
const MAIN: u8 = 100;
const WORSE: u8 = 200;

/// A line without a device that is used here.
const LINE: Irq = Irq::Irq10;

fn start() {
    if !thread::is_started() {
        let priority = thread::policy("priority").expect("there is such a policy");
        assert_eq!(thread::start(priority), Ok(()));
        assert_eq!(thread::set_priority(0, MAIN), Ok(()));
    }
    RAN.store(0, Ordering::Relaxed);
}

fn ran() -> u64 {
    RAN.load(Ordering::Relaxed)
}

/// What each better thread does.
fn take_the_lock() {
    *LOCK.lock() += 1;
    RAN.fetch_add(1, Ordering::Relaxed);
}

fn spawn(name: &str, priority: u8, main: impl FnOnce() + Send + 'static) -> JoinHandle {
    Builder::new(name).priority(priority).spawn(main).expect("there is room for a thread")
}

fn finish(thread: JoinHandle) {
    assert_eq!(thread.join(), ExitReason::Exited);
}

fn spawn_under_a_lock_switches_when_it_is_released(_: &BootInfo) {
    start();
    let guard = LOCK.lock();
    let better = spawn("better", BETTER, take_the_lock);
    assert_eq!(ran(), 0, "it runs while the lock is held");
    drop(guard);
    assert_eq!(ran(), 1, "it runs when the lock is released");
    finish(better);
}

/// A better thread that waits for the end of another one.
fn victim_and_waiter() -> (JoinHandle, JoinHandle) {
    let victim = spawn("victim", WORSE, || thread::sleep(u64::MAX));
    let number = victim.number();
    let waiter = spawn("waiter", BETTER, move || {
        assert_eq!(thread::find(number).expect("it lives").join(), ExitReason::Killed);
        take_the_lock();
    });
    (victim, waiter)
}

fn kill_under_a_lock_switches_when_it_is_released(_: &BootInfo) {
    start();
    let (victim, waiter) = victim_and_waiter();
    let guard = LOCK.lock();
    assert_eq!(thread::kill(victim.number()), Ok(()));
    assert_eq!((victim.end(), ran()), (Some(ExitReason::Killed), 0), "who waits runs while the lock is held");
    drop(guard);
    assert_eq!(ran(), 1, "who waits runs when the lock is released");
    finish(waiter);
}

fn set_priority_under_a_lock_switches_when_it_is_released(_: &BootInfo) {
    start();
    let worse = spawn("worse", WORSE, take_the_lock);
    let guard = LOCK.lock();
    assert_eq!(thread::set_priority(worse.number(), BETTER), Ok(()));
    assert_eq!(ran(), 0, "it runs while the lock is held");
    drop(guard);
    assert_eq!(ran(), 1, "it runs when the lock is released");
    finish(worse);
}

fn wake_under_a_lock_switches_when_it_is_released(_: &BootInfo) {
    static IS_THERE: AtomicU64 = AtomicU64::new(0);
    start();
    let waiter = spawn("waiter", BETTER, || {
        let look = || (IS_THERE.load(Ordering::Relaxed) == 1).then_some(());
        thread::wait_until(WaitChannel::of(&IS_THERE), look);
        take_the_lock();
    });
    let guard = LOCK.lock();
    IS_THERE.store(1, Ordering::Relaxed);
    thread::wake_all(WaitChannel::of(&IS_THERE));
    assert_eq!(ran(), 0, "it runs while the lock is held");
    drop(guard);
    assert_eq!(ran(), 1, "it runs when the lock is released");
    finish(waiter);
}

fn the_outer_of_two_locks_is_the_one_that_counts(_: &BootInfo) {
    static INNER: IrqMutex<()> = IrqMutex::new(());
    start();
    let outer = LOCK.lock();
    let inner = INNER.lock();
    let better = spawn("better", BETTER, take_the_lock);
    drop(inner);
    assert_eq!(ran(), 0, "it runs while the outer lock is held");
    drop(outer);
    assert_eq!(ran(), 1, "it runs when the outer lock is released");
    finish(better);
}

fn a_thread_that_kills_itself_under_a_lock_releases_it_first(_: &BootInfo) {
    static STEPS: AtomicU64 = AtomicU64::new(0);
    start();
    let suicide = spawn("suicide", BETTER, || {
        let guard = LOCK.lock();
        assert_eq!(thread::kill(thread::current()), Ok(()));
        // It runs until the lock is released, may spawn meanwhile, and uses its own stack for it.
        let others = [(); 3].map(|()| spawn("other", WORSE, take_the_lock));
        STEPS.store(others.len() as u64, Ordering::Relaxed);
        drop(guard);
        STEPS.store(0, Ordering::Relaxed);
    });
    assert_eq!(suicide.join(), ExitReason::Killed);
    assert_eq!(
        STEPS.load(Ordering::Relaxed),
        3,
        "it ends when it releases the lock, neither before nor after"
    );
    thread::sleep(5);
    assert_eq!(ran(), 3, "the lock is free, and the others live");
}

/// Has `handler` called by [`LINE`]'s interrupt, and comes back when it has ended.
fn interrupt(handler: Handler) {
    interrupts::set_handler(LINE, handler);
    // SAFETY: the vector has a gate, which saves and restores all registers.
    unsafe { asm!("int {}", const LINE.vector()) };
}

fn target() -> u64 {
    TARGET.load(Ordering::Relaxed)
}

fn spawn_in_a_handler_switches_after_it(_: &BootInfo) {
    start();
    interrupt(|_| {
        TARGET.store(spawn("better", BETTER, take_the_lock).number(), Ordering::Relaxed);
        assert_eq!(ran(), 0, "it runs while the handler does");
    });
    assert_eq!(ran(), 1, "it runs when the handler has returned");
    assert!(thread::find(target()).is_none(), "it has ended");
}

fn kill_in_a_handler_switches_after_it(_: &BootInfo) {
    start();
    let (victim, waiter) = victim_and_waiter();
    TARGET.store(victim.number(), Ordering::Relaxed);
    interrupt(|_| {
        assert_eq!(thread::kill(target()), Ok(()));
        assert_eq!(ran(), 0, "who waits runs while the handler does");
    });
    assert_eq!(ran(), 1, "who waits runs when the handler has returned");
    finish(waiter);
}

fn set_priority_in_a_handler_switches_after_it(_: &BootInfo) {
    start();
    let worse = spawn("worse", WORSE, take_the_lock);
    TARGET.store(worse.number(), Ordering::Relaxed);
    interrupt(|_| {
        assert_eq!(thread::set_priority(target(), BETTER), Ok(()));
        assert_eq!(ran(), 0, "it runs while the handler does");
    });
    assert_eq!(ran(), 1, "it runs when the handler has returned");
    finish(worse);
}

fn a_handler_may_kill_the_thread_that_it_interrupts(_: &BootInfo) {
    start();
    let interrupted = spawn("interrupted", BETTER, || {
        interrupt(|_| {
            assert_eq!(thread::kill(thread::current()), Ok(()));
            // Takes the place of one that has ended, were it not for the handler's thread.
            spawn("other", WORSE, take_the_lock);
        });
        RAN.fetch_add(100, Ordering::Relaxed);
    });
    assert_eq!(interrupted.join(), ExitReason::Killed);
    thread::sleep(5);
    assert_eq!(ran(), 1, "the other has run, and the killed one no further");
}

/// Interrupts that are enabled by other means than a lock's release: the next tick switches.
fn without_interrupts_the_next_interrupt_switches(_: &BootInfo) {
    start();
    let better = x86_64::instructions::interrupts::without_interrupts(|| {
        let better = spawn("better", BETTER, take_the_lock);
        assert_eq!(ran(), 0, "it runs while interrupts are off");
        better
    });
    let before = farjump_kernel::time::ticks();
    while ran() == 0 {
        assert!(farjump_kernel::time::ticks() <= before + 1, "a tick has passed, and it hasn't run");
    }
    finish(better);
}
