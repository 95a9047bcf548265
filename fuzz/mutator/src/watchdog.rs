//! Ends the program when one input takes too long: a loop that has no end would hang the tests.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crate::current::Current;

/// How often the watchdog looks.
const LOOK: Duration = Duration::from_secs(1);

/// After how many looks at the same input the program is ended: a thousand times what the slowest input takes.
const MAX_LOOKS: u32 = 60;

/// What the iteration is when there are no more.
const DONE: u64 = u64::MAX;

/// Watches until it is dropped.
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

    /// The program is at this iteration now.
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
