//! A lock for what an interrupt handler uses too.
//!
//! The problem: a handler that waits for a lock whose holder it has interrupted waits for ever. So whoever holds
//! this lock isn't interrupted: interrupts are off from before it is taken until after it is released.
//!
//! What can't happen while a lock is held, a switch to another thread, may be left to the release: `defer`.
//!
//! Assumes that locks are released in the reverse of the order in which they were taken, as scopes do.

use core::ops::{Deref, DerefMut};
use core::sync::atomic::{AtomicBool, Ordering};

use spin::{Mutex, MutexGuard, Once};
use x86_64::instructions::interrupts;

/// A [`Mutex`] that is held with interrupts off.
#[derive(Debug)]
pub struct IrqMutex<T> {
    inner: Mutex<T>,
}

/// Access to what an [`IrqMutex`] protects.
#[derive(Debug)]
pub struct IrqMutexGuard<'a, T> {
    // Dropped first, and fields drop in their order: interrupts come back after the lock is released.
    guard: MutexGuard<'a, T>,
    _interrupts: InterruptsOff,
}

/// What [`defer`] defers.
static ACTION: Once<fn()> = Once::new();

/// Whether [`ACTION`] is due.
static IS_DUE: AtomicBool = AtomicBool::new(false);

/// Says what [`defer`] defers. The first call counts.
pub(crate) fn set_deferred(action: fn()) {
    ACTION.call_once(|| action);
}

/// Has the deferred action done, once, by the next release of a lock that turns interrupts on again.
pub(crate) fn defer() {
    IS_DUE.store(true, Ordering::Relaxed);
}

/// The action has been done in another way, or there is no need for it any more.
pub(crate) fn cancel_deferred() {
    IS_DUE.store(false, Ordering::Relaxed);
}

fn do_deferred() {
    if IS_DUE.load(Ordering::Relaxed) && IS_DUE.swap(false, Ordering::Relaxed) {
        ACTION.get().inspect(|action| action());
    }
}

/// Interrupts are off; dropping it turns them on again if they were, and does what was deferred until then.
#[derive(Debug)]
struct InterruptsOff {
    were_on: bool,
}

impl<T> IrqMutex<T> {
    /// A lock that nobody holds.
    pub const fn new(value: T) -> Self {
        Self { inner: Mutex::new(value) }
    }

    /// Turns interrupts off and waits for the lock.
    pub fn lock(&self) -> IrqMutexGuard<'_, T> {
        let interrupts = InterruptsOff::new();
        IrqMutexGuard { guard: self.inner.lock(), _interrupts: interrupts }
    }

    /// The lock if nobody holds it: for handlers that may have interrupted the holder by a fault.
    pub fn try_lock(&self) -> Option<IrqMutexGuard<'_, T>> {
        let interrupts = InterruptsOff::new();
        Some(IrqMutexGuard { guard: self.inner.try_lock()?, _interrupts: interrupts })
    }

    /// Takes the lock away from its holder: for a report of the end, which must not wait. What the holder may have left
    /// half done does no harm.
    pub(crate) fn break_lock(&self, _: &NeverReturns) {
        // SAFETY: the holder is what this CPU, the only one, was running; it never runs again, nor uses its access.
        unsafe { self.inner.force_unlock() };
    }
}

/// Proof that the code that runs doesn't return to what it has interrupted, and that interrupts are off: who holds a lock
/// now never runs again.
#[derive(Debug)]
pub(crate) struct NeverReturns(());

impl NeverReturns {
    /// Runs `end`, which may end the machine itself, and halts the CPU.
    pub(crate) fn run(end: impl FnOnce(&Self)) -> ! {
        interrupts::disable();
        end(&Self(()));
        loop {
            interrupts::disable();
            x86_64::instructions::hlt();
        }
    }
}

impl InterruptsOff {
    fn new() -> Self {
        let were_on = interrupts::are_enabled();
        interrupts::disable();
        Self { were_on }
    }
}

impl Drop for InterruptsOff {
    fn drop(&mut self) {
        if self.were_on {
            interrupts::enable();
            do_deferred();
        }
    }
}

impl<T> Deref for IrqMutexGuard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.guard
    }
}

impl<T> DerefMut for IrqMutexGuard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.guard
    }
}
