//! A lock that lets others run while a thread waits for it.
//!
//! For what is held long, or across a wait. What an interrupt's handler takes too needs an
//! [`IrqMutex`](crate::sync::IrqMutex).

use core::cell::UnsafeCell;
use core::marker::PhantomData;
use core::ops::{Deref, DerefMut};

use super::{WaitChannel, current, is_live, wait_until, wake_one};
use crate::sync::IrqMutex;

/// A value that one thread at a time has access to.
#[derive(Debug)]
pub struct Mutex<T> {
    /// The number of the thread that has it.
    owner: IrqMutex<Option<u64>>,
    value: UnsafeCell<T>,
}

// SAFETY: the value is reached through a guard, and there is one guard at a time.
unsafe impl<T: Send> Sync for Mutex<T> {}

/// Access to what a [`Mutex`] protects, until it is dropped.
#[derive(Debug)]
pub struct MutexGuard<'a, T> {
    mutex: &'a Mutex<T>,
    is_poisoned: bool,
    /// The thread that has locked it unlocks it.
    _not_send: PhantomData<*const T>,
}

impl<T> Mutex<T> {
    /// Returns an unlocked lock.
    pub const fn new(value: T) -> Self {
        Self { owner: IrqMutex::new(None), value: UnsafeCell::new(value) }
    }

    /// Waits for the lock; the thread that waits longest is next.
    ///
    /// # Panics
    /// The thread has it already, and would wait for itself; or interrupts are off.
    pub fn lock(&self) -> MutexGuard<'_, T> {
        let me = current();
        assert_ne!(*self.owner.lock(), Some(me), "a thread locks a mutex that it has locked");
        let is_poisoned = wait_until(WaitChannel::of(self), || self.take(me));
        MutexGuard { mutex: self, is_poisoned, _not_send: PhantomData }
    }

    /// Locks it if it is free.
    pub fn try_lock(&self) -> Option<MutexGuard<'_, T>> {
        let is_poisoned = self.take(current())?;
        Some(MutexGuard { mutex: self, is_poisoned, _not_send: PhantomData })
    }

    /// Takes it for thread `me` if it is free; says whether an owner has died with it.
    fn take(&self, me: u64) -> Option<bool> {
        let mut owner = self.owner.lock();
        let is_poisoned = match *owner {
            Some(other) if other == me || is_live(other) => return None,
            Some(_) => true,
            None => false,
        };
        *owner = Some(me);
        Some(is_poisoned)
    }
}

impl<T> MutexGuard<'_, T> {
    /// Whether the thread that had it before was killed or has faulted: it may have left the value half done.
    #[must_use]
    pub fn is_poisoned(&self) -> bool {
        self.is_poisoned
    }
}

impl<T> Drop for MutexGuard<'_, T> {
    fn drop(&mut self) {
        *self.mutex.owner.lock() = None;
        wake_one(WaitChannel::of(self.mutex));
    }
}

impl<T> Deref for MutexGuard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        // SAFETY: this guard is the only one.
        unsafe { &*self.mutex.value.get() }
    }
}

impl<T> DerefMut for MutexGuard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: this guard is the only one, and borrowed mutably.
        unsafe { &mut *self.mutex.value.get() }
    }
}
