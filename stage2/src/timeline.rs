//! When each step was reached.

use farjump_api::{Phase, TimelineEntry};

use crate::{early, memory};

/// Stamps of the time-stamp counter, in order.
pub(crate) struct Timeline {
    entries: [TimelineEntry; Self::CAPACITY],
    count: usize,
}

impl Timeline {
    /// One for each phase there is.
    pub(crate) const CAPACITY: usize = 8;

    /// Starts with the stamps that the assembly has taken.
    pub(crate) fn begin() -> Self {
        let empty = TimelineEntry { phase: Phase::STAGE2, reserved: 0, tsc: 0 };
        let mut timeline = Self { entries: [empty; Self::CAPACITY], count: 0 };
        timeline.push(Phase::STAGE2, memory::read(early::STAGE2_TSC as u64));
        timeline.push(Phase::LONG_MODE, memory::read(early::LONG_MODE_TSC as u64));
        timeline
    }

    /// `phase` has just been reached.
    pub(crate) fn stamp(&mut self, phase: Phase) {
        self.push(phase, crate::cpu::time_stamp());
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
