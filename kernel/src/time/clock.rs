//! The clock: nanoseconds since the kernel's start. See [`super`] for how it gets to know its rate.

use core::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use farjump_timekeeping::pit as timer;

use super::rate::{self, Rate, RateSource, Sample};
use crate::arch::cpu::time_stamp;
use crate::device::pit::{self, OneShot};
use crate::sync::IrqMutex;

#[derive(Debug)]
struct Clock {
    /// The counter at the kernel's start.
    start: u64,
    rate: Option<Rate>,
}

static CLOCK: IrqMutex<Clock> = IrqMutex::new(Clock { start: 0, rate: None });

/// Whether the rate is known.
static HAS_RATE: AtomicBool = AtomicBool::new(false);

/// The last time that was returned: the clock doesn't go back when it changes from channel 2 to the counter.
static LATEST: AtomicU64 = AtomicU64::new(0);

/// Starts the clock.
pub(crate) fn start() {
    let mut clock = CLOCK.lock();
    pit::start_one_shot();
    clock.start = time_stamp();
}

/// The rate of the time stamp counter in Hertz, and its source; `None` while it isn't known.
#[must_use]
pub fn tsc_rate() -> Option<(u64, RateSource)> {
    let rate = CLOCK.lock().rate?;
    Some((rate.tsc.hz(), rate.source))
}

/// Whether all times are guesses: there is nothing to measure the counter by.
pub(super) fn is_a_guess() -> bool {
    matches!(tsc_rate(), Some((_, RateSource::Assumed)))
}

/// Whether the interval timer counts, as far as is known: without it the rate comes from elsewhere at once.
pub(super) fn has_interval_timer() -> bool {
    !matches!(tsc_rate(), Some((_, source)) if source != RateSource::Measured)
}

/// Nanoseconds since the start.
pub(super) fn nanoseconds() -> u64 {
    // The lock's holder was interrupted by a fault, which is being reported: the last time is good enough.
    let Some(mut clock) = CLOCK.try_lock() else { return LATEST.load(Ordering::Relaxed) };
    let now = clock.nanoseconds();
    let news = clock.rate.filter(|_| !HAS_RATE.swap(clock.rate.is_some(), Ordering::Relaxed));
    drop(clock);
    if let Some(rate) = news {
        rate.tell();
    }
    LATEST.fetch_max(now, Ordering::Relaxed).max(now)
}

impl Clock {
    fn nanoseconds(&mut self) -> u64 {
        if let Some(rate) = self.rate {
            return rate.tsc.nanoseconds(time_stamp() - self.start);
        }
        let sample = Sample::take(self.start);
        self.rate = sample.whole_rate();
        match sample.one_shot {
            OneShot::Running(passed) if !sample.is_too_late() => timer::nanoseconds(passed.into()),
            _ => {
                let rate = *self.rate.get_or_insert_with(rate::measure_now);
                rate.tsc.nanoseconds(time_stamp() - self.start)
            }
        }
    }
}
