//! A run over many mutations of a corpus.

use std::ops::Range;
use std::thread;
use std::time::{Duration, Instant};

use crate::allocator;
use crate::current::Current;
use crate::watchdog::Watchdog;
use crate::{Random, mutate};

/// Mutations of a target in the everyday run.
pub const EVERYDAY: u64 = 10_000;

/// The maximum number of changes of one input.
const MAX_CHANGES: usize = 5;

/// Bytes of a failing input that are shown.
const SHOWN: usize = 512;

/// The mutations to try on a target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Campaign {
    /// The target's name, as `cargo xtask fuzz` knows it.
    pub target: &'static str,
    /// A different seed generates different inputs.
    pub seed: u64,
    /// Which of the seed's inputs.
    pub iterations: Range<u64>,
}

/// The result of a campaign without failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Report {
    /// Inputs that were tried.
    pub mutations: u64,
    /// How long it took.
    pub duration: Duration,
    /// Most bytes that were allocated for one input; zero in a program without `CountingAllocator`.
    pub peak_bytes: usize,
}

impl Campaign {
    /// Returns the default run: [`EVERYDAY`] mutations, the same in each run.
    #[must_use]
    pub const fn everyday(target: &'static str) -> Self {
        Self { target, seed: 1, iterations: 0..EVERYDAY }
    }

    /// Calls `body` with each input in `corpus`, then with mutations of them.
    ///
    /// # Panics
    /// When `body` does; which input it was is printed before. The program is ended when an input takes a minute,
    /// or more than [`ALLOCATION_LIMIT`](crate::ALLOCATION_LIMIT) bytes.
    pub fn run(&self, corpus: &[Vec<u8>], mut body: impl FnMut(&[u8])) -> Report {
        let started = Instant::now();
        let watchdog = Watchdog::start(self.at(self.iterations.start));
        let mut peak_bytes = 0;
        corpus.iter().for_each(|input| body(input));
        for iteration in self.iterations.clone() {
            let input = self.input(corpus, iteration);
            let current = self.at(iteration);
            watchdog.is_at(iteration);
            let shown = TellOnPanic(&input);
            current.enter();
            let before = allocator::reset_peak();
            body(&input);
            peak_bytes = peak_bytes.max(allocator::peak() - before);
            drop(shown);
        }
        Current::leave();
        let mutations = self.iterations.end.saturating_sub(self.iterations.start);
        Report { mutations, duration: started.elapsed(), peak_bytes }
    }

    /// Returns the input of one iteration.
    #[must_use]
    pub fn input(&self, corpus: &[Vec<u8>], iteration: u64) -> Vec<u8> {
        let mut random = Random::of_iteration(self.seed, iteration);
        let mut input = random.pick(corpus).cloned().unwrap_or_default();
        let donor = random.pick(corpus).map_or(&[][..], Vec::as_slice);
        for _ in 0..=random.below(MAX_CHANGES) {
            mutate(&mut input, donor, &mut random);
        }
        input
    }

    const fn at(&self, iteration: u64) -> Current {
        Current { target: self.target, seed: self.seed, iteration }
    }
}

/// Prints which input it was if the thread panics.
struct TellOnPanic<'a>(&'a [u8]);

impl Drop for TellOnPanic<'_> {
    fn drop(&mut self) {
        if let (true, Some(current)) = (thread::panicking(), Current::get()) {
            let shown = &self.0[..self.0.len().min(SHOWN)];
            eprintln!("mutation: {current}");
            eprintln!("mutation: the input has {} bytes: \"{}\"", self.0.len(), shown.escape_ascii());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn corpus() -> [Vec<u8>; 2] {
        [b"kernel = /kernel.elf\n".to_vec(), vec![0; 100]]
    }

    #[test]
    fn each_iteration_stands_for_itself_and_comes_out_the_same() {
        let campaign = Campaign { target: "test", seed: 5, iterations: 0..50 };
        let mut inputs = Vec::new();
        campaign.run(&corpus(), |input| inputs.push(input.to_vec()));
        assert_eq!(inputs[..2], corpus());
        let again: Vec<_> = (0..50).rev().map(|iteration| campaign.input(&corpus(), iteration)).collect();
        assert!(inputs[2..].iter().eq(again.iter().rev()));
        let other = Campaign { seed: 6, ..campaign };
        assert_ne!(other.input(&corpus(), 0), inputs[2]);
    }

    #[test]
    fn a_failure_is_passed_on_and_its_iteration_is_known() {
        let campaign = Campaign { target: "test", seed: 1, iterations: 0..100 };
        let mut calls = 0;
        let failing = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            campaign.run(&corpus(), |_| {
                calls += 1;
                assert!(calls < 10, "the tenth input fails");
            });
        }));
        assert!(failing.is_err());
        let current = Current::get().unwrap();
        assert_eq!(current.iteration, 7, "two calls were for the corpus itself");
        assert!(current.to_string().ends_with("cargo xtask fuzz test --seed 1 --first 7 --count 1"));
    }
}
