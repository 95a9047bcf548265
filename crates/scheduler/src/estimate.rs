//! A guess of how long a task's CPU burst will be, for a kernel, which can't know it.
//!
//! Source of the average: Silberschatz, Galvin, Gagne, *Operating System Concepts*, section 5.3.2, exponential average with
//! α = 1/2.

/// Returns the estimate after a burst of `burst` ticks, where `estimate` had been expected: half of each.
#[must_use]
pub const fn next_estimate(estimate: u64, burst: u64) -> u64 {
    estimate.midpoint(burst)
}

/// Ticks left of a burst that was expected to take `estimate` and has taken `used`. One that has outrun its estimate is
/// expected to take as long again as it has taken: nothing else is known of it, and were it none, a task that never
/// waits would be the best for ever.
#[must_use]
pub const fn estimate_left(estimate: u64, used: u64) -> u64 {
    if used < estimate { estimate - used } else { used }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_outruns_its_estimate_is_expected_to_take_longer_and_longer() {
        assert_eq!([0, 1, 2, 3, 50].map(|used| estimate_left(2, used)), [2, 1, 2, 3, 50]);
    }

    /// Source: the same section, figure 5.4.
    #[test]
    fn the_published_series_comes_out() {
        let bursts = [6, 4, 6, 4, 13, 13, 13];
        let guesses = bursts.iter().scan(10, |estimate, burst| {
            *estimate = next_estimate(*estimate, *burst);
            Some(*estimate)
        });
        assert_eq!(guesses.collect::<Vec<_>>(), [8, 6, 6, 5, 9, 11, 12]);
    }
}
