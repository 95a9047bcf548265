//! Faults: exceptions that no handler takes, and panics.
//!
//! The first fault that ends the machine is reported in full, one during that report briefly, and a third not at all. A
//! fault that ends only a thread is reported in full, and the machine keeps running.

mod address;
pub mod backtrace;
mod exception;
mod panic;
pub mod symbols;

use core::sync::atomic::{AtomicU8, Ordering};

use spin::Once;

use crate::arch::trap;
use crate::sync::NeverReturns;
use crate::{console, logger, println, thread};

pub use farjump_x86::Exception;

pub(crate) use address::AddressClass;

/// Finds the names of the kernel's functions, and takes the exceptions that no handler takes.
pub(crate) fn init() {
    symbols::init();
    trap::set_unhandled(exception::unhandled);
}

/// Functions that are called around the first report: a kernel that runs tests prints there which test has failed.
#[derive(Debug, Clone, Copy)]
pub struct Observer {
    /// Before its first line. Interrupts are off, and the console can be written to.
    pub before: fn(),
    /// After its last. It may end the machine itself; if it returns, the machine ends as it would without.
    pub after: fn(),
}

static OBSERVER: Once<Observer> = Once::new();

/// Has `observer` called. The first call counts.
pub fn observe(observer: Observer) {
    OBSERVER.call_once(|| observer);
}

/// Prints the report of the first end, between the observer's calls.
pub(crate) fn report(print: impl FnOnce()) {
    let observer = OBSERVER.get();
    if let Some(observer) = observer {
        (observer.before)();
    }
    print();
    if let Some(observer) = observer {
        (observer.after)();
    }
}

/// Which report this is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Escalation {
    /// A thread ends alone: everything is reported, and [`thread_has_ended`] follows.
    KillThread,
    /// The machine ends: everything is reported.
    Panic,
    /// A fault during the report: only what needs no memory but registers and the message's own is reported.
    NestedPanic,
    /// Nothing that prints can be trusted any more.
    Silent,
}

/// Reports that have begun.
static BEGUN: AtomicU8 = AtomicU8::new(0);

/// Begins a report, and returns which one it is. A fault ends the running thread alone if `is_threads_own`: if only that
/// thread is affected, and it holds no lock of the kernel's.
pub(crate) fn begin(is_threads_own: bool) -> Escalation {
    x86_64::instructions::interrupts::disable();
    match BEGUN.fetch_add(1, Ordering::Relaxed) {
        0 if is_threads_own && thread::may_end() => Escalation::KillThread,
        0 => Escalation::Panic,
        1 => Escalation::NestedPanic,
        _ => {
            BEGUN.store(2, Ordering::Relaxed);
            Escalation::Silent
        }
    }
}

/// For a report of the machine's end, which may have interrupted a line and doesn't return to it: takes away all locks
/// that printing and logging need, and has all that is printed leave at once.
fn begin_last_words(proof: &NeverReturns) {
    console::begin_last_words(proof);
    logger::break_lock(proof);
}

/// Prints which thread runs, where that is known.
fn print_thread() {
    if let Some((number, name)) = thread::try_current() {
        println!("in thread {number}, {name}");
    }
}

/// The report of a thread's end is done: the next one is the first again.
pub(crate) fn thread_has_ended() {
    BEGUN.store(0, Ordering::Relaxed);
}
