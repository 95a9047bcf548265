//! Ends the program when one input takes too long: an endless loop would hang the tests.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crate::current::Current;

/// The watchdog's interval.
const LOOK: Duration = Duration::from_secs(1);

/// The number of intervals with the same input after which the program is ended: a thousand times the slowest input.
const MAX_LOOKS: u32 = 60;

/// The value of the iteration after the last one.
const DONE: u64 = u64::MAX;

/// A watchdog, which runs until it is dropped.
#[derive(Debug)]
pub(crate) struct Watchdog {
    iteration: Arc<AtomicU64>,
    thread: JoinHandle<()>,
}

impl Watchdog {
    /// Watches the iterations that follow `first`.
    pub(crate) fn start(first: Current) -> Self {
        let iteration = Arc::new(AtomicU64::new(first.iteration));
        let watched = Arc::clone(&iteration);
        Self { iteration, thread: thread::spawn(move || watch(first, &watched)) }
    }

    /// Sets the current iteration.
    pub(crate) fn is_at(&self, iteration: u64) {
        self.iteration.store(iteration, Ordering::Relaxed);
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        self.is_at(DONE);
        self.thread.thread().unpark();
    }
}

fn watch(first: Current, iteration: &AtomicU64) {
    let (mut last, mut looks) = (first.iteration, 0);
    loop {
        thread::park_timeout(LOOK);
        match iteration.load(Ordering::Relaxed) {
            DONE => return,
            same if same == last => looks += 1,
            other => (last, looks) = (other, 0),
        }
        if looks == MAX_LOOKS {
            eprintln!("mutation: not done with after {looks} s: {}", Current { iteration: last, ..first });
            std::process::abort()
        }
    }
}
