//! The local APIC's timer: ticks where the interval timer has none.
//!
//! Its frequency isn't known, so it is measured by a clock that the caller passes in.
//!
//! Source: Intel SDM vol. 3A, "APIC Timer".

use core::fmt;
use core::sync::atomic::{AtomicU64, Ordering};
use core::time::Duration;

use super::local_apic::{LocalApic, LocalApicError};
use crate::arch::trap::{self, Handler};

/// The timer's vector: the first one that no line has.
pub(crate) const VECTOR: u8 = 48;

/// How long its rate is measured.
const MEASURE: Duration = Duration::from_millis(10);

/// Counts in [`MEASURE`]; zero until it is measured.
static COUNTS: AtomicU64 = AtomicU64::new(0);

/// Has `handler` called for the timer's interrupts, one each `period`. The handler ends each by [`end_of_interrupt`].
/// `clock` returns the time since some moment in the past.
pub(crate) fn start(
    period: Duration,
    clock: fn() -> Duration,
    handler: Handler,
) -> Result<(), LocalTimerError> {
    let apic = LocalApic::get().map_err(LocalTimerError::Apic)?;
    let counts = measure(apic, clock).ok_or(LocalTimerError::StandsStill)?;
    COUNTS.store(counts, Ordering::Relaxed);
    trap::set_handler(VECTOR, handler);
    set_period(period);
    Ok(())
}

/// Has the timer, which was started, interrupt each `period`.
pub(crate) fn set_period(period: Duration) {
    let counts = u128::from(COUNTS.load(Ordering::Relaxed)) * period.as_nanos() / MEASURE.as_nanos();
    if let Ok(apic) = LocalApic::get() {
        apic.interrupt_each(u32::try_from(counts).unwrap_or(u32::MAX).max(1), VECTOR);
    }
}

/// Its counts in [`MEASURE`]; `None` if it doesn't count.
fn measure(apic: &LocalApic, clock: fn() -> Duration) -> Option<u64> {
    apic.start_timer();
    let start = clock();
    while clock().saturating_sub(start) < MEASURE {
        core::hint::spin_loop();
    }
    let (counts, measured) = (apic.timer_counts(), clock().saturating_sub(start));
    let counts = (u128::from(counts) * MEASURE.as_nanos()).checked_div(measured.as_nanos())?;
    u64::try_from(counts).ok().filter(|counts| *counts > 0)
}

/// The timer's interrupt is dealt with.
pub(crate) fn end_of_interrupt() {
    if let Ok(apic) = LocalApic::get() {
        apic.end_of_interrupt();
    }
}

/// Why it can't tick.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LocalTimerError {
    /// There is no local APIC to be used.
    Apic(LocalApicError),
    /// It doesn't count.
    StandsStill,
}

impl fmt::Display for LocalTimerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Apic(error) => error.fmt(f),
            Self::StandsStill => f.write_str("the local APIC's timer stands still"),
        }
    }
}
