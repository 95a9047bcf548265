//! The time stamp counter's arithmetic: its rate, measured against another clock, and nanoseconds by it.
//!
//! The rate is kept as nanoseconds a count, in units of 2^-32: a multiplication and a shift turn counts into
//! nanoseconds, where a division would take ten times as long.

use crate::NANOSECONDS_PER_SECOND;

/// The slowest counter that is believed: 10 MHz. CPUs with a long mode start at 1 GHz; an emulator may be slower.
const MIN_HZ: u64 = 10_000_000;

/// The fastest counter that is believed: 100 GHz.
const MAX_HZ: u64 = 100_000_000_000;

/// The fraction's bits.
const SHIFT: u32 = 32;

/// How fast the counter counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TscRate {
    hz: u64,
    nanoseconds_per_count: u64,
}

impl TscRate {
    /// From a rate in Hertz; `None` for one that no counter has.
    #[must_use]
    pub const fn from_hz(hz: u64) -> Option<Self> {
        if hz < MIN_HZ || hz > MAX_HZ {
            return None;
        }
        Some(Self { hz, nanoseconds_per_count: (NANOSECONDS_PER_SECOND << SHIFT) / hz })
    }

    /// From a measurement: the counter counted `counts` in `nanoseconds`. `None` if that makes no sense.
    #[must_use]
    pub fn measured(counts: u64, nanoseconds: u64) -> Option<Self> {
        let per_second = u128::from(counts) * u128::from(NANOSECONDS_PER_SECOND);
        let hz = per_second.checked_div(u128::from(nanoseconds))?;
        Self::from_hz(u64::try_from(hz).ok()?)
    }

    /// Returns the rate in Hertz.
    #[must_use]
    pub const fn hz(self) -> u64 {
        self.hz
    }

    /// Returns how long `counts` last.
    #[must_use]
    pub const fn nanoseconds(self, counts: u64) -> u64 {
        let product = counts as u128 * self.nanoseconds_per_count as u128;
        #[expect(clippy::cast_possible_truncation, reason = "2^64 nanoseconds are 584 years")]
        {
            (product >> SHIFT) as u64
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn at_one_gigahertz_a_count_is_a_nanosecond() {
        let rate = TscRate::from_hz(1_000_000_000).unwrap();
        assert_eq!(rate.nanoseconds(123_456_789_012_345), 123_456_789_012_345);
    }

    #[test]
    fn a_measurement_returns_the_rate() {
        assert_eq!(TscRate::measured(120_000_000, 40_000_000).unwrap().hz(), 3_000_000_000);
    }

    #[test]
    fn what_no_counter_does_is_no_rate() {
        assert_eq!(TscRate::measured(1000, 0), None);
        assert_eq!(TscRate::measured(0, 1000), None);
        assert_eq!(TscRate::measured(u64::MAX, 1), None);
        assert_eq!(TscRate::from_hz(0), None);
    }

    proptest! {
        #[test]
        fn ten_years_are_off_by_a_second_at_most(hz in MIN_HZ..=10_000_000_000) {
            const TEN_YEARS: u64 = 10 * 365 * 86_400;
            let rate = TscRate::from_hz(hz).unwrap();
            let seconds = rate.nanoseconds(hz * TEN_YEARS) / NANOSECONDS_PER_SECOND;
            prop_assert!(seconds.abs_diff(TEN_YEARS) <= 1);
        }
    }
}
