//! A guess of how long a task's next CPU burst will be, for a kernel, which can't know it.
//!
//! Source: Silberschatz, Galvin, Gagne, *Operating System Concepts*, section 5.3.2, exponential average with
//! α = 1/2.

/// The estimate after a burst of `burst` ticks, where `estimate` had been expected: half of each.
#[must_use]
pub const fn next_estimate(estimate: u64, burst: u64) -> u64 {
    estimate.midpoint(burst)
}

#[cfg(test)]
mod tests {
    use super::*;

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
