//! Ticks: the timer's interrupt, counted, and passed on to whoever schedules by it.

use core::sync::atomic::{AtomicU64, Ordering};
use core::time::Duration;

pub use timekeeping::pit::{Rate, RateError};
use x86_64::instructions::{hlt, interrupts as cpu_interrupts};

use super::clock;
use crate::arch::trap::TrapFrame;
use crate::device::pit;
use crate::interrupts::{self, Handler, Irq};
use crate::sync::IrqMutex;

/// Ticks a second where the command line doesn't say.
const DEFAULT_HZ: u32 = 1000;

/// What the command line may say, in Hertz. Faster ticks leave little time for anything else.
const FASTEST_HZ: u32 = 10_000;

/// Ticks so far.
static TICKS: AtomicU64 = AtomicU64::new(0);

/// Nanoseconds from tick to tick; zero before [`init`].
static PERIOD_NANOSECONDS: AtomicU64 = AtomicU64::new(0);

static ON_TICK: IrqMutex<Option<Handler>> = IrqMutex::new(None);

/// Starts the ticks. `wanted` is the command line's `timer=`: Hertz, [`DEFAULT_HZ`] where there is none.
pub(crate) fn init(wanted: Option<&str>) {
    interrupts::set_handler(Irq::Timer, tick);
    let hz = wanted.map_or(Some(DEFAULT_HZ), |hz| hz.parse().ok().filter(|hz| *hz <= FASTEST_HZ));
    let started = hz.and_then(|hz| set_rate(hz).ok());
    if let (None, Some(wanted)) = (started, wanted) {
        let slowest = timekeeping::pit::SLOWEST_HZ;
        log::warn!(
            "timer={wanted}: no such rate; use {slowest} to {FASTEST_HZ} Hertz. It is {DEFAULT_HZ} now"
        );
        start(DEFAULT_RATE);
    }
    interrupts::unmask(Irq::Timer);
}

const DEFAULT_RATE: Rate = match Rate::from_hz(DEFAULT_HZ) {
    Ok(rate) => rate,
    Err(_) => panic!("the timer can tick at the default rate"),
};

/// Has ticks come so often a second, as near as the timer can.
///
/// # Errors
/// The timer can't.
pub fn set_rate(hz: u32) -> Result<Rate, RateError> {
    let rate = Rate::from_hz(hz)?;
    start(rate);
    Ok(rate)
}

fn start(rate: Rate) {
    PERIOD_NANOSECONDS.store(rate.period_nanoseconds(), Ordering::Relaxed);
    pit::start_ticks(rate);
}

/// Ticks so far. Ticks that came while interrupts were off for longer than [`period`] are lost.
#[must_use]
pub fn ticks() -> u64 {
    TICKS.load(Ordering::Relaxed)
}

/// The time from tick to tick; zero before the first could come.
#[must_use]
pub fn period() -> Duration {
    Duration::from_nanos(PERIOD_NANOSECONDS.load(Ordering::Relaxed))
}

/// Has `handler` called at each tick, in the place of any other before: a scheduler, which may put another
/// thread's frame in the place of the one it gets.
pub fn on_tick(handler: Handler) {
    *ON_TICK.lock() = Some(handler);
}

fn tick(frame: &mut TrapFrame) {
    TICKS.fetch_add(1, Ordering::Relaxed);
    clock::measure_in_passing();
    let handler = *ON_TICK.lock();
    if let Some(handler) = handler {
        handler(frame);
    }
}

/// Halts until the next interrupt if a tick is sure to come; else it returns at once.
pub(super) fn rest() {
    if ticks() > 0 && interrupts::status(Irq::Timer).is_unmasked && cpu_interrupts::are_enabled() {
        hlt();
    } else {
        core::hint::spin_loop();
    }
}
