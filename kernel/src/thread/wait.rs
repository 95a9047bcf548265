//! Waiting for a condition, and waking the waiting threads.
//!
//! The problem: a condition may become true after a thread has checked it and before the thread blocks. Its wake-up would
//! be lost. So the thread checks with interrupts off, and they stay off until another thread runs.
//!
//! A thread waits on a wait channel, the address of what it waits for. After a wake-up it checks its condition again.

use x86_64::instructions::interrupts;

use super::{THREADS, switch, switch_when_possible};
use crate::time;

/// What threads wait for, known by its address, which must not change while threads wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WaitChannel(usize);

impl WaitChannel {
    /// Returns the wait channel of `what`.
    pub fn of<T: ?Sized>(what: &T) -> Self {
        Self(core::ptr::from_ref(what).addr())
    }
}

/// Waits until `condition`, called with interrupts off, returns a value. The code that makes it do so then calls
/// [`wake_one`] or [`wake_all`] with the same key.
///
/// # Panics
/// Interrupts are off.
pub fn wait_until<T>(key: WaitChannel, mut condition: impl FnMut() -> Option<T>) -> T {
    loop {
        if let Some(found) = look_or_block(key, None, &mut condition) {
            return found;
        }
    }
}

/// The same, for at most this many ticks: `None` if they have passed. With 0 it asks once, and no other thread runs.
///
/// # Panics
/// Interrupts are off.
pub fn wait_until_tick<T>(
    key: WaitChannel,
    ticks: u64,
    mut condition: impl FnMut() -> Option<T>,
) -> Option<T> {
    let end = now().saturating_add(ticks);
    loop {
        let left = end.saturating_sub(now());
        if left == 0 {
            return interrupts::without_interrupts(condition);
        }
        let found = look_or_block(key, Some(left), &mut condition);
        if found.is_some() {
            return found;
        }
    }
}

/// Ticks of the threads, or of the timer where there are none.
fn now() -> u64 {
    THREADS.lock().as_ref().map_or_else(time::ticks, |threads| threads.scheduler.now())
}

fn look_or_block<T>(
    key: WaitChannel,
    ticks: Option<u64>,
    condition: &mut impl FnMut() -> Option<T>,
) -> Option<T> {
    assert!(interrupts::are_enabled(), "a thread waits while it holds a lock");
    interrupts::without_interrupts(|| {
        condition().or_else(|| {
            block(key, ticks);
            None
        })
    })
}

/// Gives up the CPU until `key` is woken. Interrupts are off before and after.
fn block(key: WaitChannel, ticks: Option<u64>) {
    let has_threads = THREADS.lock().as_mut().map(|threads| threads.block(key, ticks)).is_some();
    // The lock is free again: handlers may wake any thread.
    if has_threads {
        switch();
        if let Some(threads) = THREADS.lock().as_mut() {
            threads.end_wait();
        }
    } else {
        time::wait_for_interrupt();
    }
}

/// Wakes the thread that waits longest for `key`, if any does. Handlers of interrupts may call it too.
pub fn wake_one(key: WaitChannel) {
    wake(key, 1);
}

/// Wakes all threads that wait for `key`. Handlers of interrupts may call it too.
pub fn wake_all(key: WaitChannel) {
    wake(key, usize::MAX);
}

fn wake(key: WaitChannel, most: usize) {
    if let Some(threads) = THREADS.lock().as_mut() {
        threads.wake(Some(key), most);
    }
    switch_when_possible();
}
