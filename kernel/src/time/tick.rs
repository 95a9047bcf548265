//! Ticks: the timer's interrupt, counted, and passed on to the scheduler.

use core::sync::atomic::{AtomicU64, Ordering};
use core::time::Duration;

pub use farjump_timekeeping::pit::{Rate, RateError};
use farjump_timekeeping::ticks::TickCounter;
use x86_64::instructions::interrupts::without_interrupts;
use x86_64::instructions::{hlt, interrupts as cpu_interrupts};

use super::{clock, source};
use crate::arch::trap::TrapFrame;
use crate::interrupts::{self, Handler, Irq};
use crate::sync::IrqMutex;

/// Ticks a second where the command line doesn't say.
const DEFAULT_HZ: u32 = 1000;

/// What the command line may say, in Hertz. Faster ticks leave little time for anything else.
const MAX_HZ: u32 = 10_000;

/// Ticks so far.
static TICKS: AtomicU64 = AtomicU64::new(0);

/// The timer's interrupts so far.
static INTERRUPTS: AtomicU64 = AtomicU64::new(0);

/// Ticks that the last interrupt stood for.
static LAST_CHARGE: AtomicU64 = AtomicU64::new(0);

/// Nanoseconds from tick to tick; zero before [`init`].
static PERIOD_NANOSECONDS: AtomicU64 = AtomicU64::new(0);

/// Counts the time between interrupts. `None` before [`init`].
static COUNTER: IrqMutex<Option<TickCounter>> = IrqMutex::new(None);

static ON_TICK: IrqMutex<Option<Handler>> = IrqMutex::new(None);

/// What the kernel itself does at each tick, before the handler.
static ON_EACH_TICK: IrqMutex<Option<fn()>> = IrqMutex::new(None);

/// Starts the ticks, fast ones until [`settle`].
pub(crate) fn init() {
    interrupts::set_handler(Irq::Timer, tick);
    start(FIRST_RATE);
    interrupts::unmask(Irq::Timer);
}

/// Sees that ticks come, and has them come at the rate that was wanted. Interrupts are on. `wanted` is the command
/// line's `timer=`: Hertz, [`DEFAULT_HZ`] where there is none.
pub(crate) fn settle(wanted: Option<&str>) {
    let hz = wanted.map_or(Some(DEFAULT_HZ), |hz| hz.parse().ok().filter(|hz| *hz <= MAX_HZ));
    let rate = hz.and_then(|hz| Rate::from_hz(hz).ok());
    if let (None, Some(wanted)) = (rate, wanted) {
        let slowest = farjump_timekeeping::pit::MIN_HZ;
        log::warn!("timer={wanted}: no such rate; use {slowest} to {MAX_HZ} Hertz. It is {DEFAULT_HZ} now");
    }
    source::find();
    start(rate.unwrap_or(DEFAULT_RATE));
}

/// The rate until the first tick has come: it comes soon.
const FIRST_RATE: Rate = match Rate::from_hz(MAX_HZ) {
    Ok(rate) => rate,
    Err(_) => panic!("the timer can tick at the fastest rate"),
};

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

/// Has ticks be so long from now on, and the interval timer interrupt as often.
pub(super) fn start(rate: Rate) {
    let period = rate.period_nanoseconds();
    without_interrupts(|| {
        PERIOD_NANOSECONDS.store(period, Ordering::Relaxed);
        source::set_rate(rate);
        *COUNTER.lock() = Some(TickCounter::new(clock::nanoseconds(), period));
    });
}

/// Ticks so far, by the clock: one that is due while interrupts are off is counted as soon as they are on.
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

/// Has `what` called at each tick, before the handler.
pub(crate) fn on_each_tick(what: fn()) {
    *ON_EACH_TICK.lock() = Some(what);
}

/// Ticks that the interrupt which is being handled stands for: 1 most often, more where interrupts were off for longer
/// than [`period`], 0 for one that comes too early.
#[must_use]
pub(crate) fn last_charge() -> u64 {
    LAST_CHARGE.load(Ordering::Relaxed)
}

/// The timer's interrupts so far.
pub(super) fn interrupts() -> u64 {
    INTERRUPTS.load(Ordering::Relaxed)
}

/// Whether a tick has passed since the last interrupt.
pub(super) fn is_due() -> bool {
    // A copy: the ticks aren't taken.
    COUNTER.lock().is_some_and(|mut counter| counter.take(clock::nanoseconds()) > 0)
}

/// The timer's interrupt, whatever timer that is.
pub(super) fn tick(frame: &mut TrapFrame) {
    INTERRUPTS.fetch_add(1, Ordering::Relaxed);
    let now = clock::nanoseconds();
    let passed = COUNTER.lock().as_mut().map_or(1, |counter| counter.take(now));
    // By a clock that is a guess, nothing can be said of the time between two interrupts.
    let ticks = if clock::is_a_guess() { 1 } else { passed };
    TICKS.fetch_add(ticks, Ordering::Relaxed);
    LAST_CHARGE.store(ticks, Ordering::Relaxed);
    let each = *ON_EACH_TICK.lock();
    if let Some(each) = each {
        each();
    }
    let handler = *ON_TICK.lock();
    if let Some(handler) = handler {
        handler(frame);
    }
}

/// Halts until the next interrupt if a tick is sure to come; else it returns at once.
pub(crate) fn rest() {
    if source::wakes() && cpu_interrupts::are_enabled() {
        hlt();
    } else {
        core::hint::spin_loop();
    }
}
