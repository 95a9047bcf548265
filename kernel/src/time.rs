//! Time: ticks of the timer, and nanoseconds since the kernel's start by the CPU's time stamp counter.
//!
//! The counter's rate isn't known at first, and measuring it would be a delay in each boot. So the timer's
//! channel 2 is started once, and its count *is* the time until it has measured how fast the counter counts:
//!
//! ```text
//! start           channel 2 runs; its count is the time, to the microsecond
//! after 40 ms     a tick, or a reader, measures the counter by it: from now on the counter is the clock
//! after 54 ms     missed, because interrupts were off and no reader came: the next one measures for 10 ms
//! no channel 2    the rate is measured by ACPI's timer, or is what CPUID says, or taken for 1 GHz; a warning says so
//! ```
//!
//! Ticks are counted by this clock, not by the timer's interrupts, of which some are lost where interrupts are off for
//! longer than a period. What interrupts, `time/source.rs` finds out.
//!
//! Assumes that the counter's rate doesn't change, as on CPUs since 2008 or so. The date is
//! [`crate::device::rtc`]'s.

mod clock;
mod rate;
mod source;
mod tick;

use core::ops::{Add, Sub};
use core::time::Duration;

pub use clock::tsc_rate;
pub use rate::RateSource;
pub use tick::{Rate, RateError, on_tick, period, set_rate, ticks};

pub(crate) use clock::start;
pub(crate) use source::{ticks_come, wait_for_interrupt};
pub(crate) use tick::{init, last_charge, on_each_tick, rest, settle};

/// A moment, by the clock that starts with the kernel. It never goes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Instant {
    nanoseconds: u64,
}

impl Instant {
    /// This moment. May be asked for anywhere, in handlers of interrupts and exceptions too.
    #[must_use]
    pub fn now() -> Self {
        Self { nanoseconds: clock::nanoseconds() }
    }

    /// How long ago it was; zero for a moment to come.
    #[must_use]
    pub fn elapsed(self) -> Duration {
        Self::now() - self
    }

    /// Since the kernel's start.
    #[must_use]
    pub const fn since_start(self) -> Duration {
        Duration::from_nanos(self.nanoseconds)
    }
}

impl Add<Duration> for Instant {
    type Output = Self;

    /// The moment so much later, or the last that there is.
    fn add(self, duration: Duration) -> Self {
        let nanoseconds = u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
        Self { nanoseconds: self.nanoseconds.saturating_add(nanoseconds) }
    }
}

impl Sub for Instant {
    type Output = Duration;

    /// From `earlier` to this; zero if it is later.
    fn sub(self, earlier: Self) -> Duration {
        Duration::from_nanos(self.nanoseconds.saturating_sub(earlier.nanoseconds))
    }
}

/// Time since the kernel's start.
#[must_use]
pub fn uptime() -> Duration {
    Instant::now().since_start()
}

/// Waits without halting: for times shorter than a tick.
pub fn spin(duration: Duration) {
    let _passed = spin_until(duration, || false);
}

/// Calls `condition` again and again, for `limit` at most. Returns its last result.
pub fn spin_until(limit: Duration, mut condition: impl FnMut() -> bool) -> bool {
    let end = Instant::now() + limit;
    loop {
        if condition() {
            return true;
        }
        if Instant::now() >= end {
            return condition();
        }
        core::hint::spin_loop();
    }
}
