//! Ticks by the clock: how many periods have passed when a timer's interrupt comes.
//!
//! The problem: an interrupt is late where interrupts were off, and of several that were due then only one comes. So it
//! isn't interrupts that are counted but the time between them, and what is left of a period is kept for the next one.
//!
//! An interrupt that comes up to half a period early counts as well: clock and timer are never quite at one, and a tick
//! that came a microsecond early would be none, and the next one two.

/// Counts ticks of a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TickCounter {
    period_nanoseconds: u64,
    /// When the last tick that was counted was due.
    last: u64,
}

impl TickCounter {
    /// Counts from the moment `now` on, in nanoseconds by any clock.
    ///
    /// # Panics
    /// The period is zero.
    #[must_use]
    pub const fn new(now: u64, period_nanoseconds: u64) -> Self {
        assert!(period_nanoseconds > 0, "a period that is no time");
        Self { period_nanoseconds, last: now }
    }

    /// Returns the ticks that have passed at `now` since the last call: 1 most often.
    pub const fn take(&mut self, now: u64) -> u64 {
        let passed = (now + self.period_nanoseconds / 2).saturating_sub(self.last);
        let ticks = passed / self.period_nanoseconds;
        self.last += ticks * self.period_nanoseconds;
        ticks
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const MS: u64 = 1_000_000;

    #[test]
    fn an_interrupt_on_time_is_a_tick_early_or_late_by_a_little() {
        let mut counter = TickCounter::new(5 * MS, MS);
        for (tick, jitter) in (1..).zip([0, 3000, -3000, 400_000, -400_000, 0]) {
            assert_eq!(counter.take((5 + tick) * MS - 1000 + jitter.max(0) as u64), 1, "tick {tick}");
        }
    }

    #[test]
    fn ticks_that_could_not_come_are_made_good() {
        let mut counter = TickCounter::new(0, MS);
        assert_eq!(counter.take(MS), 1);
        assert_eq!(counter.take(10 * MS + MS / 4), 9);
        assert_eq!(counter.take(11 * MS), 1);
    }

    #[test]
    fn two_sources_of_interrupts_make_no_more_ticks_than_one() {
        let mut counter = TickCounter::new(0, MS);
        let ticks: u64 = (1..=100).flat_map(|n| [n * MS, n * MS + 100]).map(|now| counter.take(now)).sum();
        assert_eq!(ticks, 100);
    }

    #[test]
    fn a_clock_that_goes_back_makes_none() {
        assert_eq!(TickCounter::new(10 * MS, MS).take(3 * MS), 0);
    }

    proptest! {
        /// Whenever interrupts come, ticks and clock agree to half a period.
        #[test]
        fn no_time_is_lost(waits in proptest::collection::vec(0..20 * MS, 1..200), period in 1000..10 * MS) {
            let mut counter = TickCounter::new(0, period);
            let (mut now, mut ticks) = (0, 0);
            for wait in waits {
                now += wait;
                ticks += counter.take(now);
                prop_assert!((ticks * period).abs_diff(now) <= period / 2 + 1);
            }
        }
    }
}
