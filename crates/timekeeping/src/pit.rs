//! The programmable interval timer's arithmetic: it divides its clock by a number of 16 bits.
//!
//! Source: Intel 8254, "Mode 2: Rate Generator", "Mode 0: Interrupt on Terminal Count".

use core::fmt;

/// The timer's clock is 105/88 MHz, a twelfth of a PC's old 14.318 MHz crystal: some 1,193,182 Hz.
const CLOCK_HZ_TIMES_88: u64 = 105_000_000;

/// Nanoseconds in a count are this, divided by [`NANOSECONDS_DIVISOR`].
const NANOSECONDS_TIMES_105: u64 = 88_000;

const NANOSECONDS_DIVISOR: u64 = 105;

/// The slowest rate in Hertz: the clock divided by 65,535 is 18.2.
pub const MIN_HZ: u32 = 19;

/// The fastest rate in Hertz: mode 2 divides by two at least.
pub const MAX_HZ: u32 = 596_590;

/// A rate that the timer can tick at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    divisor: u16,
}

/// The timer can't tick at this rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateError {
    /// What was asked for, in Hertz.
    pub hz: u32,
}

impl Rate {
    /// Returns the rate nearest to `hz`, which is in [`MIN_HZ`] to [`MAX_HZ`].
    ///
    /// # Errors
    /// It isn't.
    pub const fn from_hz(hz: u32) -> Result<Self, RateError> {
        if hz < MIN_HZ || hz > MAX_HZ {
            return Err(RateError { hz });
        }
        let half = hz as u64 * 88 / 2;
        let divisor = (CLOCK_HZ_TIMES_88 + half) / (hz as u64 * 88);
        #[expect(clippy::cast_possible_truncation, reason = "at most 62,800 for the slowest rate")]
        Ok(Self { divisor: divisor as u16 })
    }

    /// Returns what the clock is divided by: the value for the timer's register.
    #[must_use]
    pub const fn divisor(self) -> u16 {
        self.divisor
    }

    /// Returns the time from tick to tick.
    #[must_use]
    pub const fn period_nanoseconds(self) -> u64 {
        nanoseconds(self.divisor as u64)
    }
}

impl fmt::Display for RateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the timer can't tick at {} Hz; it can at {MIN_HZ} to {MAX_HZ} Hz", self.hz)
    }
}

impl core::error::Error for RateError {}

/// Returns how long `counts` of the timer's clock last.
#[must_use]
pub const fn nanoseconds(counts: u64) -> u64 {
    counts.saturating_mul(NANOSECONDS_TIMES_105) / NANOSECONDS_DIVISOR
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_thousand_hertz_is_the_divisor_that_everyone_uses() {
        assert_eq!(Rate::from_hz(1000).unwrap().divisor(), 1193);
        assert_eq!(Rate::from_hz(100).unwrap().divisor(), 11_932);
    }

    #[test]
    fn the_limits_are_what_the_register_can_hold() {
        assert_eq!(Rate::from_hz(MAX_HZ).unwrap().divisor(), 2);
        assert_eq!(Rate::from_hz(MIN_HZ).unwrap().divisor(), 62_799);
        assert_eq!(Rate::from_hz(MIN_HZ - 1), Err(RateError { hz: 18 }));
        assert!(Rate::from_hz(MAX_HZ + 1).is_err());
        assert!(Rate::from_hz(0).is_err());
    }

    #[test]
    fn a_whole_turn_of_the_counter_lasts_55_milliseconds() {
        assert_eq!(nanoseconds(0x1_0000), 54_925_409);
        assert_eq!(nanoseconds(u64::MAX), u64::MAX / NANOSECONDS_DIVISOR);
    }

    proptest! {
        #[test]
        fn a_slow_rate_is_met_within_one_percent(hz in MIN_HZ..=10_000) {
            let period = Rate::from_hz(hz).unwrap().period_nanoseconds();
            let wanted = crate::NANOSECONDS_PER_SECOND / u64::from(hz);
            prop_assert!(period.abs_diff(wanted) * 100 <= wanted);
        }
    }
}
