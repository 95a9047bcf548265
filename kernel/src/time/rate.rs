//! How fast the time-stamp counter counts.

use core::arch::x86_64::{__cpuid, CpuidResult};

use farjump_timekeeping::tsc::TscRate;
use farjump_timekeeping::{pit as timer, pm_timer};

use crate::arch::cpu::time_stamp;
use crate::device::pit::{self, Stopwatch};
use crate::device::pm_timer::PmTimer;

/// What the stopwatch must have counted since the kernel's start for a measurement: 40 ms.
const WHOLE_MEASURE: u16 = 47_727;

/// The same when somebody waits for it: 10 ms.
const SHORT_MEASURE: u16 = 11_932;

/// A stopwatch that hasn't run out when the counter has counted so far never will: 180 ms of the fastest CPU,
/// a second of the slowest.
const GIVE_UP_AFTER: u64 = 1 << 30;

/// Reading the stopwatch may take such a part of what it measures; where it takes more, something came between,
/// and the next reading is better.
const TOLERANCE: u64 = 500;

/// The rate of a counter of which nothing is known.
const ASSUMED: TscRate = match TscRate::from_hz(1_000_000_000) {
    Some(rate) => rate,
    None => panic!("a rate that a counter may have"),
};

/// Where the rate comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RateSource {
    /// It was measured by the interval timer.
    Measured,
    /// It was measured by ACPI's timer.
    PmTimer,
    /// The CPU says so.
    Cpuid,
    /// There is nothing to measure it by: all times are guesses.
    Assumed,
}

/// The rate, and who says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Rate {
    pub(super) tsc: TscRate,
    pub(super) source: RateSource,
}

impl Rate {
    /// Logs it.
    pub(super) fn tell(self) {
        let mhz = self.tsc.hz() / 1_000_000;
        match self.source {
            RateSource::Measured => log::debug!("the time-stamp counter counts at {mhz} MHz"),
            RateSource::PmTimer => {
                log::warn!("the interval timer doesn't count; by ACPI's timer it is {mhz} MHz");
            }
            RateSource::Cpuid => log::warn!("the interval timer doesn't count; by CPUID it is {mhz} MHz"),
            RateSource::Assumed => {
                log::warn!("the interval timer doesn't count; all times are guesses, as if at {mhz} MHz");
            }
        }
    }
}

/// Stopwatch and counter, read at the same time.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sample {
    pub(super) stopwatch: Stopwatch,
    /// The counter's counts from the stopwatch's start to before it was read.
    before: u64,
    /// The same to after it was read.
    after: u64,
}

impl Sample {
    /// Reads both. The counter was at `start` when the stopwatch was started.
    pub(super) fn take(start: u64) -> Self {
        let before = time_stamp() - start;
        let stopwatch = pit::stopwatch();
        Self { stopwatch, before, after: time_stamp() - start }
    }

    /// The rate, if enough time has passed since the kernel's start.
    pub(super) fn whole_rate(self) -> Option<Rate> {
        self.is_exact().then(|| self.rate(WHOLE_MEASURE)).flatten()
    }

    /// Whether the stopwatch should have run out.
    pub(super) const fn is_too_late(self) -> bool {
        self.after > GIVE_UP_AFTER
    }

    fn is_exact(self) -> bool {
        self.width() <= self.after / TOLERANCE
    }

    /// How long reading the stopwatch took.
    const fn width(self) -> u64 {
        self.after - self.before
    }

    fn rate(self, least: u16) -> Option<Rate> {
        let Stopwatch::Running(passed) = self.stopwatch else { return None };
        let counts = self.before + self.width() / 2;
        let tsc = TscRate::measured(counts, timer::nanoseconds(passed.into())).filter(|_| passed >= least)?;
        Some(Rate { tsc, source: RateSource::Measured })
    }
}

/// Measures the rate, which takes 10 ms, and a second at most where the timer doesn't work.
pub(super) fn measure_now() -> Rate {
    pit::start_stopwatch();
    let start = time_stamp();
    let mut best: Option<(u64, Rate)> = None;
    loop {
        let sample = Sample::take(start);
        if let Some(rate) = sample.rate(SHORT_MEASURE) {
            if sample.is_exact() {
                return rate;
            }
            best = best.filter(|(width, _)| *width <= sample.width()).or(Some((sample.width(), rate)));
        }
        if sample.stopwatch == Stopwatch::Over || sample.is_too_late() {
            return best.map_or_else(without_timer, |(_, rate)| rate);
        }
    }
}

fn without_timer() -> Rate {
    if let Some(tsc) = PmTimer::find().and_then(by_pm_timer) {
        return Rate { tsc, source: RateSource::PmTimer };
    }
    match hz_by_cpuid().and_then(TscRate::from_hz) {
        Some(tsc) => Rate { tsc, source: RateSource::Cpuid },
        None => Rate { tsc: ASSUMED, source: RateSource::Assumed },
    }
}

/// Counts of the timer for a measurement by it: 10 ms.
const PM_TIMER_MEASURE: u32 = 35_795;

/// `None`: it stops.
fn by_pm_timer(clock: PmTimer) -> Option<TscRate> {
    let (start, began) = (time_stamp(), clock.read());
    loop {
        let (passed, counts) = (clock.passed(began), time_stamp() - start);
        if passed >= PM_TIMER_MEASURE {
            return TscRate::measured(counts, pm_timer::nanoseconds(passed));
        }
        if counts > GIVE_UP_AFTER {
            return None;
        }
    }
}

fn hz_by_cpuid() -> Option<u64> {
    let cpuid = |leaf| {
        let CpuidResult { eax, ebx, ecx, edx } = __cpuid(leaf);
        [eax, ebx, ecx, edx]
    };
    farjump_x86::tsc::hz_by_cpuid(cpuid)
}
