//! Records when each phase of a boot was reached.

use farjump_api::{Phase, TimelineEntry};

use crate::platform::Clock;

/// The times of a clock at each phase, in order.
#[derive(Debug)]
pub struct Timeline<C> {
    clock: C,
    entries: [TimelineEntry; CAPACITY],
    count: usize,
}

/// One entry for each phase.
pub(crate) const CAPACITY: usize = 8;

impl<C: Clock> Timeline<C> {
    /// Starts with the entries that were recorded before.
    ///
    /// # Panics
    /// There are more entries than phases.
    pub fn begin(clock: C, entries: impl IntoIterator<Item = (Phase, u64)>) -> Self {
        let empty = TimelineEntry { phase: Phase::STAGE2, reserved: 0, tsc: 0 };
        let mut timeline = Self { clock, entries: [empty; CAPACITY], count: 0 };
        for (phase, tsc) in entries {
            timeline.push(phase, tsc);
        }
        timeline
    }

    /// Records that `phase` has just been reached.
    pub(crate) fn record(&mut self, phase: Phase) {
        self.push(phase, self.clock.now());
    }

    /// Returns all entries so far.
    pub(crate) fn entries(&self) -> &[TimelineEntry] {
        &self.entries[..self.count]
    }

    fn push(&mut self, phase: Phase, tsc: u64) {
        self.entries[self.count] = TimelineEntry { phase, reserved: 0, tsc };
        self.count += 1;
    }
}
