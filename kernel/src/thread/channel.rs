//! A queue from threads to threads. Sending to a full one and receiving from an empty one block the thread.

use alloc::collections::{TryReserveError, VecDeque};
use alloc::sync::Arc;
use core::fmt;

use super::{WaitChannel, wait_until, wake_all, wake_one};
use crate::sync::IrqMutex;

#[derive(Debug)]
struct Shared<T> {
    queue: IrqMutex<Queue<T>>,
    /// Most that the queue holds.
    capacity: usize,
    /// What receivers and senders wait for: its address alone counts, so it isn't of size 0.
    not_empty: u8,
    not_full: u8,
}

#[derive(Debug)]
struct Queue<T> {
    items: VecDeque<T>,
    senders: usize,
    receivers: usize,
}

/// The end that things are put into. A clone is another one of the same queue.
#[derive(Debug)]
pub struct Sender<T>(Arc<Shared<T>>);

/// The end that things are taken from. A clone is another one: each thing goes to one of them.
#[derive(Debug)]
pub struct Receiver<T>(Arc<Shared<T>>);

/// All ends on the other side are gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Closed;

/// A queue that holds `capacity` things, and one at least.
///
/// # Errors
/// There is no memory for them.
pub fn channel<T>(capacity: usize) -> Result<(Sender<T>, Receiver<T>), TryReserveError> {
    let capacity = capacity.max(1);
    let mut items = VecDeque::new();
    items.try_reserve_exact(capacity)?;
    let queue = IrqMutex::new(Queue { items, senders: 1, receivers: 1 });
    let shared = Arc::new(Shared { queue, capacity, not_empty: 0, not_full: 0 });
    Ok((Sender(Arc::clone(&shared)), Receiver(shared)))
}

impl<T> Sender<T> {
    /// Puts something in, when there is room.
    ///
    /// # Errors
    /// There is no receiver any more: the value is returned.
    pub fn send(&self, item: T) -> Result<(), (Closed, T)> {
        let mut item = Some(item);
        let shared = &*self.0;
        wait_until(WaitChannel::of(&shared.not_full), || {
            let mut queue = shared.queue.lock();
            if queue.receivers > 0 && queue.items.len() < shared.capacity {
                queue.items.extend(item.take());
            }
            (item.is_none() || queue.receivers == 0).then_some(())
        });
        match item {
            Some(item) => Err((Closed, item)),
            None => {
                wake_one(WaitChannel::of(&shared.not_empty));
                Ok(())
            }
        }
    }
}

impl<T> Receiver<T> {
    /// Takes the oldest, when there is one.
    ///
    /// # Errors
    /// There is none, and no sender any more.
    pub fn receive(&self) -> Result<T, Closed> {
        let shared = &*self.0;
        let item = wait_until(WaitChannel::of(&shared.not_empty), || {
            let mut queue = shared.queue.lock();
            match queue.items.pop_front() {
                Some(item) => Some(Ok(item)),
                None => (queue.senders == 0).then_some(Err(Closed)),
            }
        })?;
        wake_one(WaitChannel::of(&shared.not_full));
        Ok(item)
    }

    /// Takes the oldest, if there is one now.
    pub fn try_receive(&self) -> Option<T> {
        let item = self.0.queue.lock().items.pop_front()?;
        wake_one(WaitChannel::of(&self.0.not_full));
        Some(item)
    }
}

impl<T> Clone for Sender<T> {
    fn clone(&self) -> Self {
        self.0.queue.lock().senders += 1;
        Self(Arc::clone(&self.0))
    }
}

impl<T> Clone for Receiver<T> {
    fn clone(&self) -> Self {
        self.0.queue.lock().receivers += 1;
        Self(Arc::clone(&self.0))
    }
}

impl<T> Drop for Sender<T> {
    fn drop(&mut self) {
        self.0.queue.lock().senders -= 1;
        wake_all(WaitChannel::of(&self.0.not_empty));
    }
}

impl<T> Drop for Receiver<T> {
    fn drop(&mut self) {
        self.0.queue.lock().receivers -= 1;
        wake_all(WaitChannel::of(&self.0.not_full));
    }
}

impl fmt::Display for Closed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the other side of the channel is gone")
    }
}

impl core::error::Error for Closed {}
