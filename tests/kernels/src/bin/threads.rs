//! Threads: they are preempted, sleep, wait, end, and leak nothing.

#![no_std]
#![no_main]

extern crate alloc;

use alloc::sync::Arc;
use core::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use farjump_api::BootInfo;
use farjump_kernel::memory::frames;
use farjump_kernel::thread::{
    self, Builder, ExitReason, KillError, Mutex, SpawnError, StartError, ThreadName, WaitChannel,
};
use test_kernels::test_kernel;

test_kernel!(
    nothing_is_spawned_before_the_start,
    a_thread_runs_and_is_joined,
    two_threads_that_never_yield_both_run,
    a_sleeping_thread_wakes_within_a_tick,
    a_wait_of_no_ticks_lets_no_other_thread_run,
    a_wait_that_has_run_out_takes_no_wake_up,
    a_mutex_lets_one_in_at_a_time,
    a_mutex_of_a_killed_thread_is_handed_on,
    a_channel_keeps_order_and_blocks_at_its_ends,
    who_waits_at_a_channel_hears_of_its_other_side_going,
    a_killed_thread_ends_wherever_it_is,
    threads_that_can_not_be_are_refused,
    ten_thousand_threads_leak_no_frame,
);

/// Spawns what the tests are about; there is room.
fn spawn(name: &str, main: impl FnOnce() + Send + 'static) -> thread::JoinHandle {
    Builder::new(name).spawn(main).expect("there is room and memory for a thread")
}

fn nothing_is_spawned_before_the_start(_: &BootInfo) {
    let refused = Builder::new("early").spawn(|| ()).err();
    assert_eq!(refused, Some(SpawnError::NotStarted));
    assert_eq!(thread::start(thread::default_policy()), Ok(()));
}

fn a_thread_runs_and_is_joined(_: &BootInfo) {
    let ran = Arc::new(AtomicBool::new(false));
    let runs = Arc::clone(&ran);
    let thread = spawn("short", move || runs.store(true, Ordering::Relaxed));
    assert_eq!(thread::start(thread::default_policy()), Err(StartError::ThreadsRun));
    assert_eq!(thread.join(), ExitReason::Exited);
    assert!(ran.load(Ordering::Relaxed));
}

fn two_threads_that_never_yield_both_run(_: &BootInfo) {
    /// Turns that each has.
    const TURNS: u64 = 5;
    static COUNTS: [AtomicU64; 2] = [const { AtomicU64::new(0) }; 2];
    static DONE: AtomicBool = AtomicBool::new(false);
    let threads = [0, 1].map(|own| {
        spawn("busy", move || {
            while !DONE.load(Ordering::Relaxed) {
                COUNTS[own].fetch_add(1, Ordering::Relaxed);
            }
        })
    });
    let turns = |thread: &thread::JoinHandle| {
        let infos = thread::threads();
        infos.iter().find(|info| info.number == thread.number()).map_or(0, |info| info.task.switches)
    };
    let mut counts = [0; 2];
    while threads.iter().any(|thread| turns(thread) < TURNS) {
        thread::sleep(1);
        counts = COUNTS.each_ref().map(|count| count.load(Ordering::Relaxed));
    }
    assert!(counts.iter().all(|count| *count > 0), "both run: {counts:?}");
    DONE.store(true, Ordering::Relaxed);
    assert_eq!(threads.map(thread::JoinHandle::join), [ExitReason::Exited; 2]);
}

fn a_sleeping_thread_wakes_within_a_tick(_: &BootInfo) {
    for ticks in [1, 2, 7, 50] {
        let before = farjump_kernel::time::ticks();
        thread::sleep(ticks);
        let slept = farjump_kernel::time::ticks() - before;
        assert!((ticks..=ticks + 1).contains(&slept), "{slept} ticks, not {ticks}");
    }
}

fn a_wait_of_no_ticks_lets_no_other_thread_run(_: &BootInfo) {
    static DONE: AtomicBool = AtomicBool::new(false);
    let busy = spawn("busy", || {
        while !DONE.load(Ordering::Relaxed) {
            core::hint::spin_loop();
        }
    });
    let switches = || thread::threads()[0].task.switches;
    // It comes back with a whole turn to run.
    thread::yield_now();
    let before = switches();
    assert_eq!(thread::wait_until_tick(WaitChannel::of(&DONE), 0, || None::<()>), None);
    assert_eq!(thread::wait_until_tick(WaitChannel::of(&DONE), 0, || Some(5)), Some(5));
    assert_eq!(switches(), before, "others have run");
    DONE.store(true, Ordering::Relaxed);
    assert_eq!(busy.join(), ExitReason::Exited);
}

/// Two wait for the same: the first gives up, and sleeps when the other is woken.
fn a_wait_that_has_run_out_takes_no_wake_up(_: &BootInfo) {
    const NAP: u64 = 30;
    static IS_THERE: AtomicBool = AtomicBool::new(false);
    let look = || IS_THERE.load(Ordering::Relaxed).then_some(());
    let gives_up = spawn("gives up", move || {
        assert_eq!(thread::wait_until_tick(WaitChannel::of(&IS_THERE), 2, look), None);
        let began = farjump_kernel::time::ticks();
        thread::sleep(NAP);
        assert!(farjump_kernel::time::ticks() - began >= NAP, "it was woken early");
    });
    let waits = spawn("waits", move || thread::wait_until(WaitChannel::of(&IS_THERE), look));
    let other = spawn("other", || thread::sleep(u64::MAX));
    thread::sleep(10);
    // Threads that wait for anything look again when a thread was killed.
    assert_eq!(thread::kill(other.number()), Ok(()));
    IS_THERE.store(true, Ordering::Relaxed);
    thread::wake_one(WaitChannel::of(&IS_THERE));
    assert_eq!(waits.join_for(10), Some(ExitReason::Exited), "another has taken what was for it");
    assert_eq!(gives_up.join(), ExitReason::Exited);
}

fn a_mutex_lets_one_in_at_a_time(_: &BootInfo) {
    const THREADS: usize = 4;
    const ROUNDS: u64 = 50;
    let counter = Arc::new(Mutex::new(0));
    let threads = [(); THREADS].map(|()| {
        let counter = Arc::clone(&counter);
        spawn("adds", move || {
            for _ in 0..ROUNDS {
                let mut counter = counter.lock();
                let read = *counter;
                // Another thread runs during it, and has to wait.
                thread::yield_now();
                *counter = read + 1;
            }
        })
    });
    threads.into_iter().for_each(|thread| assert_eq!(thread.join(), ExitReason::Exited));
    assert_eq!(*counter.lock(), THREADS as u64 * ROUNDS);
    assert!(!counter.lock().is_poisoned());
    let held = counter.lock();
    assert!(counter.try_lock().is_none());
    drop(held);
    assert!(counter.try_lock().is_some());
}

fn a_mutex_of_a_killed_thread_is_handed_on(_: &BootInfo) {
    let mutex = Arc::new(Mutex::new(1));
    let held = Arc::clone(&mutex);
    let holder = spawn("holder", move || {
        let mut value = held.lock();
        *value = 2;
        thread::sleep(u64::MAX);
    });
    thread::sleep(2);
    assert!(mutex.try_lock().is_none());
    let waits = Arc::clone(&mutex);
    let waiter = spawn("waiter", move || assert!(waits.lock().is_poisoned()));
    thread::sleep(2);
    assert_eq!(waiter.end(), None);
    assert_eq!(thread::kill(holder.number()), Ok(()));
    assert_eq!(waiter.join(), ExitReason::Exited);
    assert_eq!(holder.join(), ExitReason::Killed);
    assert_eq!(*mutex.lock(), 2);
}

fn a_channel_keeps_order_and_blocks_at_its_ends(_: &BootInfo) {
    const ITEMS: u64 = 100;
    let (sender, receiver) = thread::channel(3).expect("memory for three");
    let sends = spawn("sends", move || {
        (0..ITEMS).for_each(|item| assert_eq!(sender.send(item), Ok(())));
    });
    thread::sleep(2);
    // It has filled the channel, and waits.
    assert_eq!(sends.end(), None);
    let received = core::iter::from_fn(|| receiver.receive().ok());
    assert!(received.eq(0..ITEMS));
    assert_eq!((receiver.receive(), receiver.try_receive()), (Err(thread::Closed), None));
    assert_eq!(sends.join(), ExitReason::Exited);

    let (sender, receiver) = thread::channel(1).expect("memory for one");
    assert_eq!(receiver.try_receive(), None);
    assert_eq!((sender.send(6), receiver.try_receive()), (Ok(()), Some(6)));
    drop(receiver);
    assert_eq!(sender.send(7), Err((thread::Closed, 7)));
}

/// Both ends, and of several at the other side the last one counts.
fn who_waits_at_a_channel_hears_of_its_other_side_going(_: &BootInfo) {
    /// More ticks than anything here takes.
    const PATIENCE: u64 = 100;
    let (sender, receiver) = thread::channel(1).expect("memory for one");
    let other_receiver = receiver.clone();
    let sends = spawn("sends", move || {
        assert_eq!(sender.send(1), Ok(()));
        assert_eq!(sender.send(2), Err((thread::Closed, 2)));
    });
    thread::sleep(2);
    drop(receiver);
    assert_eq!(sends.join_for(5), None, "there is another receiver: it waits on");
    drop(other_receiver);
    let end = sends.join_for(PATIENCE);
    assert_eq!(end, Some(ExitReason::Exited), "a sender that waits is woken when the last receiver goes");

    let (sender, receiver) = thread::channel::<u8>(1).expect("memory for one");
    let other_sender = sender.clone();
    let receives = spawn("receives", move || assert_eq!(receiver.receive(), Err(thread::Closed)));
    thread::sleep(2);
    drop(sender);
    assert_eq!(receives.join_for(5), None, "there is another sender: it waits on");
    drop(other_sender);
    let end = receives.join_for(PATIENCE);
    assert_eq!(end, Some(ExitReason::Exited), "a receiver that waits is woken when the last sender goes");
}

fn a_killed_thread_ends_wherever_it_is(_: &BootInfo) {
    let spins = spawn("spins", || {
        loop {
            core::hint::black_box(());
        }
    });
    let sleeps = spawn("sleeps", || thread::sleep(u64::MAX));
    let late = Builder::new("late").delay(u64::MAX / 2).spawn(|| ()).expect("room for a thread");
    thread::sleep(30);
    for thread in [&spins, &sleeps, &late] {
        assert_eq!(thread.end(), None);
        assert_eq!(thread::kill(thread.number()), Ok(()));
        assert_eq!(thread::kill(thread.number()), Err(KillError::NoSuchThread));
    }
    for thread in [spins, sleeps, late] {
        assert_eq!(thread.join(), ExitReason::Killed);
    }
    assert_eq!(thread::kill(0), Err(KillError::First));
}

fn threads_that_can_not_be_are_refused(_: &BootInfo) {
    for name in ["a name of thirty-two bytes 123456", "a,b", "a\"b", "a\nb"] {
        assert_eq!(Builder::new(name).spawn(|| ()).err(), Some(SpawnError::Name));
    }
    assert!(ThreadName::new("a name of thirty-one bytes 1234").is_some());
    let huge = Builder::new("huge").stack_bytes(1 << 40).spawn(|| ()).err();
    assert!(matches!(huge, Some(SpawnError::Stack(_))), "{huge:?}");

    let mut sleepers = alloc::vec::Vec::new();
    let refused = loop {
        match Builder::new("one of many").stack_bytes(0).spawn(|| thread::sleep(u64::MAX)) {
            Ok(thread) => sleepers.push(thread),
            Err(error) => break error,
        }
    };
    assert_eq!(refused, SpawnError::TooManyThreads);
    assert_eq!(sleepers.len(), thread::MAX_THREADS - 1);
    sleepers.iter().for_each(|thread| assert_eq!(thread::kill(thread.number()), Ok(())));
    sleepers.into_iter().for_each(|thread| assert_eq!(thread.join(), ExitReason::Killed));
}

fn ten_thousand_threads_leak_no_frame(_: &BootInfo) {
    // The first one may make the heap grow.
    assert_eq!(spawn("first", || ()).join(), ExitReason::Exited);
    let before = frames::free_count();
    for _ in 0..10_000 {
        assert_eq!(spawn("short", || ()).join(), ExitReason::Exited);
    }
    assert_eq!(frames::free_count(), before);
}
