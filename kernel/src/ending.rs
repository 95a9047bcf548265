//! The end by a panic or an exception: the first is reported in full, one in the midst of that briefly, and
//! a third in silence.

use core::sync::atomic::{AtomicU8, Ordering};

use spin::Once;

/// What is called around the report of the first end: a kernel that runs tests says there which one has failed.
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
pub(crate) enum Ending {
    /// All can be told.
    First,
    /// The first has failed: only what needs no memory but registers and the message's own.
    Second,
    /// Nothing that prints can be trusted any more.
    Later,
}

/// Says that a report begins. It ends with the machine.
pub(crate) fn begin() -> Ending {
    static BEGUN: AtomicU8 = AtomicU8::new(0);
    x86_64::instructions::interrupts::disable();
    match BEGUN.fetch_add(1, Ordering::Relaxed) {
        0 => Ending::First,
        1 => Ending::Second,
        _ => {
            BEGUN.store(2, Ordering::Relaxed);
            Ending::Later
        }
    }
}
