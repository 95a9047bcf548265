//! When each step was reached.

use farjump_api::{Phase, TimelineEntry};

use crate::platform::Clock;

/// Stamps of a clock, in order.
#[derive(Debug)]
pub struct Timeline<C> {
    clock: C,
    entries: [TimelineEntry; CAPACITY],
    count: usize,
}

/// One for each phase there is.
pub(crate) const CAPACITY: usize = 8;

impl<C: Clock> Timeline<C> {
    /// Starts with the stamps that were taken before.
    ///
    /// # Panics
    /// They are more than there are phases.
    pub fn begin(clock: C, stamps: impl IntoIterator<Item = (Phase, u64)>) -> Self {
        let empty = TimelineEntry { phase: Phase::STAGE2, reserved: 0, tsc: 0 };
        let mut timeline = Self { clock, entries: [empty; CAPACITY], count: 0 };
        for (phase, tsc) in stamps {
            timeline.push(phase, tsc);
        }
        timeline
    }

    /// `phase` has just been reached.
    pub(crate) fn stamp(&mut self, phase: Phase) {
        self.push(phase, self.clock.now());
    }

    /// All stamps so far.
    pub(crate) fn entries(&self) -> &[TimelineEntry] {
        &self.entries[..self.count]
    }

    fn push(&mut self, phase: Phase, tsc: u64) {
        self.entries[self.count] = TimelineEntry { phase, reserved: 0, tsc };
        self.count += 1;
    }
}
