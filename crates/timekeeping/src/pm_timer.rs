//! ACPI's power management timer: it counts up, and its counts have 24 bits at least.
//!
//! Source: ACPI 6.5, "Power Management Timer".

/// Its clock is three times that of the interval timer: 315/88 MHz.
const CLOCK_HZ_TIMES_88: u64 = 315_000_000;

/// The bits that every such timer has: they turn around after 4.7 seconds.
const COUNT: u32 = 0x00FF_FFFF;

/// Returns the counts from `start` to `now`, less than a whole turn.
#[must_use]
pub const fn passed(start: u32, now: u32) -> u32 {
    now.wrapping_sub(start) & COUNT
}

/// Returns how long `counts` last.
#[must_use]
pub const fn nanoseconds(counts: u32) -> u64 {
    counts as u64 * 88 * crate::NANOSECONDS_PER_SECOND / CLOCK_HZ_TIMES_88
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn its_frequency_is_the_specifications() {
        assert_eq!(nanoseconds(3_579_545), 999_999_873);
        assert_eq!(nanoseconds(COUNT), 4_686_968_000);
    }

    #[test]
    fn counts_turn_around_at_24_bits_whatever_stands_above() {
        assert_eq!(passed(0x00FF_FFFE, 0x0000_0003), 5);
        assert_eq!(passed(0x12FF_FFFE, 0x1300_0003), 5);
        assert_eq!(passed(7, 7), 0);
    }
}
