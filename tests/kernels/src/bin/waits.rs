//! Waiting and waking: who is woken, in which order, and how long a wait with a limit lasts.

#![no_std]
#![no_main]

extern crate alloc;

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use farjump_api::BootInfo;
use farjump_kernel::sync::IrqMutex;
use farjump_kernel::thread::{self, Builder, ExitReason, JoinHandle, Mutex, WaitChannel};
use farjump_kernel::time;
use test_kernels::test_kernel;
use x86_64::instructions::interrupts;

test_kernel!(
    a_mutex_goes_to_the_thread_that_has_waited_longest,
    a_wake_up_of_one_wakes_one,
    a_sender_that_waits_is_woken_by_each_way_to_take,
    a_spurious_wake_up_does_not_lengthen_a_wait,
    a_condition_is_asked_with_interrupts_off,
    a_wait_that_ends_with_its_time_asks_once_more,
    a_wake_up_of_a_thread_that_is_killed_goes_to_another,
);

/// More ticks than anything here takes.
const PATIENCE: u64 = 200;

fn spawn(name: &str, main: impl FnOnce() + Send + 'static) -> JoinHandle {
    if !thread::is_started() {
        assert_eq!(thread::start(thread::default_policy()), Ok(()));
    }
    Builder::new(name).spawn(main).expect("there is room for a thread")
}

fn finish(thread: &JoinHandle, what: &str) {
    assert_eq!(thread.join_for(PATIENCE), Some(ExitReason::Exited), "{what}");
}

fn a_mutex_goes_to_the_thread_that_has_waited_longest(_: &BootInfo) {
    static ORDER: IrqMutex<Vec<u64>> = IrqMutex::new(Vec::new());
    let mutex = Arc::new(Mutex::new(()));
    ORDER.lock().reserve(4);
    // Started by the first `spawn`: what holds the mutex is a thread.
    let first = spawn("first", || ());
    let held = mutex.lock();
    let threads = [0, 1, 2, 3].map(|number| {
        let mutex = Arc::clone(&mutex);
        let thread = spawn("waits", move || {
            let _guard = mutex.lock();
            ORDER.lock().push(number);
        });
        // It waits before the next one does.
        thread::sleep(2);
        thread
    });
    drop(held);
    threads.iter().for_each(|thread| finish(thread, "each thread gets the mutex"));
    finish(&first, "it has nothing to do");
    assert_eq!(*ORDER.lock(), [0, 1, 2, 3], "the order in which threads got the mutex");
}

fn a_wake_up_of_one_wakes_one(_: &BootInfo) {
    static LOOKS: AtomicU64 = AtomicU64::new(0);
    static IS_OVER: AtomicBool = AtomicBool::new(false);
    let threads = [(); 3].map(|()| {
        spawn("waits", || {
            thread::wait_until(WaitChannel::of(&LOOKS), || {
                LOOKS.fetch_add(1, Ordering::Relaxed);
                IS_OVER.load(Ordering::Relaxed).then_some(())
            });
        })
    });
    thread::sleep(5);
    assert_eq!(LOOKS.load(Ordering::Relaxed), 3, "each has looked once, and waits");
    thread::wake_one(WaitChannel::of(&LOOKS));
    thread::sleep(5);
    assert_eq!(LOOKS.load(Ordering::Relaxed), 4, "looks after one was woken");
    thread::wake_one(WaitChannel::of(&IS_OVER));
    thread::sleep(5);
    assert_eq!(LOOKS.load(Ordering::Relaxed), 4, "looks after another key was woken");
    IS_OVER.store(true, Ordering::Relaxed);
    thread::wake_all(WaitChannel::of(&LOOKS));
    threads.iter().for_each(|thread| finish(thread, "all are woken in the end"));
}

fn a_sender_that_waits_is_woken_by_each_way_to_take(_: &BootInfo) {
    let (sender, receiver) = thread::channel(1).expect("memory for one");
    let sends = spawn("sends", move || (0..3).for_each(|item| assert_eq!(sender.send(item), Ok(()))));
    thread::sleep(5);
    assert_eq!(receiver.try_receive(), Some(0));
    thread::sleep(5);
    assert_eq!(receiver.try_receive(), Some(1), "try_receive has woken the sender");
    thread::sleep(5);
    assert_eq!(receiver.receive(), Ok(2), "and again");
    finish(&sends, "it has sent all");

    let (sender, receiver) = thread::channel(1).expect("memory for one");
    let receives = spawn("receives", move || assert_eq!(receiver.receive(), Ok(7)));
    thread::sleep(5);
    assert_eq!(sender.send(7), Ok(()));
    finish(&receives, "send has woken the receiver");
}

fn a_spurious_wake_up_does_not_lengthen_a_wait(_: &BootInfo) {
    const LIMIT: u64 = 20;
    static NOTHING: AtomicU64 = AtomicU64::new(0);
    static TAKEN: AtomicU64 = AtomicU64::new(0);
    let waits = spawn("waits", || {
        let began = time::ticks();
        assert_eq!(thread::wait_until_tick(WaitChannel::of(&NOTHING), LIMIT, || None::<()>), None);
        TAKEN.store(time::ticks() - began, Ordering::Relaxed);
    });
    // The last comes before the limit: it must end by its own time.
    for _ in 0..3 {
        thread::sleep(5);
        thread::wake_all(WaitChannel::of(&NOTHING));
    }
    finish(&waits, "its time has passed");
    let taken = TAKEN.load(Ordering::Relaxed);
    assert!((LIMIT..=LIMIT + 2).contains(&taken), "a wait of {LIMIT} ticks took {taken}");
}

/// Otherwise the condition could become true, and its wake-up be lost, between the check and the wait.
fn a_condition_is_asked_with_interrupts_off(_: &BootInfo) {
    static LOOKED: AtomicU64 = AtomicU64::new(0);
    let look = || {
        assert!(!interrupts::are_enabled(), "the condition is asked with interrupts on");
        (LOOKED.fetch_add(1, Ordering::Relaxed) >= 2).then_some(())
    };
    let key = WaitChannel::of(&LOOKED);
    let waits = spawn("waits", move || thread::wait_until(key, look));
    for _ in 0..3 {
        thread::sleep(2);
        thread::wake_all(key);
    }
    finish(&waits, "the third look finds it");
    assert_eq!(thread::wait_until_tick(key, 0, look), Some(()));
    assert!(interrupts::are_enabled(), "they are on again");
}

/// A thread that makes it true without waking anybody.
fn a_wait_that_ends_with_its_time_asks_once_more(_: &BootInfo) {
    static IS_THERE: AtomicBool = AtomicBool::new(false);
    let quiet = spawn("quiet", || IS_THERE.store(true, Ordering::Relaxed));
    let look = || IS_THERE.load(Ordering::Relaxed).then_some(());
    assert_eq!(thread::wait_until_tick(WaitChannel::of(&IS_THERE), 10, look), Some(()));
    finish(&quiet, "it has nothing else to do");
}

fn a_wake_up_of_a_thread_that_is_killed_goes_to_another(_: &BootInfo) {
    static IS_THERE: AtomicBool = AtomicBool::new(false);
    let look = || IS_THERE.swap(false, Ordering::Relaxed).then_some(());
    let waits = || spawn("waits", move || thread::wait_until(WaitChannel::of(&IS_THERE), look));
    let killed = waits();
    thread::sleep(2);
    let other = waits();
    thread::sleep(2);
    interrupts::without_interrupts(|| {
        IS_THERE.store(true, Ordering::Relaxed);
        thread::wake_one(WaitChannel::of(&IS_THERE));
        // It was woken, and never runs again.
        assert_eq!(thread::kill(killed.number()), Ok(()));
    });
    finish(&other, "what the killed thread was woken for is the other's");
    assert_eq!(killed.join(), ExitReason::Killed);
}
