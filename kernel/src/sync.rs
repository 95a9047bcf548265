//! A lock for what an interrupt handler uses too.
//!
//! The problem: a handler that waits for a lock whose holder it has interrupted waits for ever. So whoever holds
//! this lock isn't interrupted: interrupts are off from before it is taken until after it is released.
//!
//! Assumes that locks are released in the reverse of the order in which they were taken, as scopes do.

use core::ops::{Deref, DerefMut};

use spin::{Mutex, MutexGuard};
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

/// Interrupts are off; dropping it turns them on again if they were.
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

    /// Takes the lock away from its holder: for a panic, which must not wait.
    ///
    /// # Safety
    /// The holder never runs again, and what it may have left half done does no harm.
    pub unsafe fn break_lock(&self) {
        // SAFETY: the caller vouches that the holder never uses its access again.
        unsafe { self.inner.force_unlock() };
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
