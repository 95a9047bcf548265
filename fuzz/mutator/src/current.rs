//! The current iteration of a thread, for the report of a failure.

use std::cell::Cell;
use std::fmt;

/// An iteration, and the command that repeats it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Current {
    pub(crate) target: &'static str,
    pub(crate) seed: u64,
    pub(crate) iteration: u64,
}

thread_local! {
    static CURRENT: Cell<Option<Current>> = const { Cell::new(None) };
}

impl Current {
    /// Makes this the current iteration.
    pub(crate) fn enter(self) {
        CURRENT.set(Some(self));
    }

    /// Returns the current iteration.
    pub(crate) fn get() -> Option<Self> {
        CURRENT.get()
    }

    /// Clears the current iteration.
    pub(crate) fn leave() {
        CURRENT.set(None);
    }
}

impl fmt::Display for Current {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { target, seed, iteration } = self;
        write!(
            f,
            "target {target}, seed {seed}, iteration {iteration}; again by: \
             cargo xtask fuzz {target} --seed {seed} --first {iteration} --count 1"
        )
    }
}
