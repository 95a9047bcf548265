//! What there is to say of threads.

use alloc::vec::Vec;

use farjump_scheduler::{State, TaskInfo};

use super::THREADS;
use super::builder::{Thread, ThreadName};
use super::table::Threads;

/// A thread as others see it.
#[derive(Debug, Clone, Copy)]
pub struct ThreadInfo {
    /// Its number, which no other ever has.
    pub number: u64,
    /// Its name, which others may have too.
    pub name: ThreadName,
    /// What the scheduler knows of it.
    pub task: TaskInfo,
}

/// All threads, the oldest first.
#[must_use]
pub fn threads() -> Vec<ThreadInfo> {
    let mut found = Vec::new();
    if found.try_reserve(super::MAX_THREADS).is_err() {
        log::error!("no memory for a list of the threads");
        return found;
    }
    if let Some(threads) = THREADS.lock().as_ref() {
        found.extend(threads.live().filter_map(|thread| info(threads, thread)));
    }
    found.sort_unstable_by_key(|info: &ThreadInfo| info.number);
    found
}

fn info(threads: &Threads, thread: &Thread) -> Option<ThreadInfo> {
    let task = threads.scheduler.info(thread.id?).ok()?;
    Some(ThreadInfo { number: thread.number(), name: thread.name(), task })
}

/// The word for a state.
#[must_use]
pub fn state_name(state: State) -> &'static str {
    match state {
        State::New => "new",
        State::Ready => "ready",
        State::Running => "running",
        State::Sleeping => "sleeping",
        State::Blocked => "blocked",
    }
}
