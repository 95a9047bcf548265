//! What ticks: the interval timer, or something else where its interrupts don't come.
//!
//! The problem: boards switch the old timer's clock off to save power, and tables lead its line to where it isn't.
//! Without ticks nothing is preempted and no sleep ends. So the first tick is waited for, a tenth of a millisecond on
//! most machines, and where it doesn't come others are tried:
//!
//! ```text
//! interval timer, by the controller's line        no error: the usual case
//! interval timer, by the 8259 and LINT0           where interrupts come through APICs
//! the local APIC's timer                          measured by the kernel's clock
//! none                                            ticks pass while the CPU has nothing to do
//! ```

use core::sync::atomic::{AtomicBool, Ordering};
use core::time::Duration;

use x86_64::instructions::interrupts as cpu_interrupts;

use super::{Instant, Rate, clock, tick};
use crate::arch::cpu;
use crate::arch::trap::{self, TrapFrame, TrapResult};
use crate::device::{local_timer, pit};
use crate::interrupts::{self, Irq};

/// How long the first tick is waited for: at 10,000 Hz it is due after 0.1 ms.
const PATIENCE: Duration = Duration::from_millis(10);

/// The same where the interval timer doesn't even count.
const SHORT_PATIENCE: Duration = Duration::from_millis(1);

/// A look at the clock that comes later than this after the one before wasn't late by itself: a hypervisor or the
/// firmware had the CPU, and perhaps the timer, too. So much counts of it.
const LOOK: Duration = Duration::from_micros(50);

/// The vector of ticks that the kernel raises itself, without a timer. No device has it.
const POLLED_VECTOR: u8 = 0x71;

/// Whether ticks come by interrupts.
static COMES: AtomicBool = AtomicBool::new(false);

/// Whether they are the local APIC's.
static IS_LOCAL: AtomicBool = AtomicBool::new(false);

/// Whether ticks come by interrupts: waits end in time, and a thread that runs too long is preempted.
#[must_use]
pub(crate) fn ticks_come() -> bool {
    COMES.load(Ordering::Relaxed)
}

/// Whether a halted CPU is woken by the next tick, if interrupts are on.
pub(super) fn wakes() -> bool {
    ticks_come() && (IS_LOCAL.load(Ordering::Relaxed) || interrupts::status(Irq::Timer).is_unmasked)
}

/// Has the timer that ticks do so at another rate.
pub(super) fn set_rate(rate: Rate) {
    if IS_LOCAL.load(Ordering::Relaxed) {
        local_timer::set_period(Duration::from_nanos(rate.period_nanoseconds()));
    } else {
        pit::start_ticks(rate);
    }
}

/// Sees that the interval timer's ticks come, or finds another source of them. Interrupts are on.
pub(super) fn find() {
    let patience = if clock::has_interval_timer() { PATIENCE } else { SHORT_PATIENCE };
    if waits_for_a_tick(patience) {
        COMES.store(true, Ordering::Relaxed);
        return;
    }
    log::error!("the interval timer doesn't interrupt: no tick within {} ms", patience.as_millis());
    let other = by_the_8259(patience).or_else(by_the_local_apic);
    COMES.store(other.is_some(), Ordering::Relaxed);
    match other {
        Some(source) => log::warn!("ticks come from {source}"),
        None => {
            trap::set_handler(POLLED_VECTOR, polled_tick);
            log::error!(
                "no timer interrupts: threads take turns only where they wait; switch the 8254's clock on in the setup"
            );
        }
    }
}

fn by_the_8259(patience: Duration) -> Option<&'static str> {
    let comes = interrupts::reroute_timer() && waits_for_a_tick(patience);
    comes.then_some("the interval timer, by the 8259")
}

fn by_the_local_apic() -> Option<&'static str> {
    // Should it come after all, it is a tick too many, and no more than that.
    interrupts::mask(Irq::Timer);
    let started = local_timer::start(super::period(), super::uptime, |frame| {
        tick::tick(frame);
        local_timer::end_of_interrupt();
        interrupts::leave(frame);
        TrapResult::Handled
    });
    match started {
        Ok(()) if waits_for_a_tick(PATIENCE) => {
            IS_LOCAL.store(true, Ordering::Relaxed);
            return Some("the local APIC's timer");
        }
        Ok(()) => log::error!("the local APIC's timer doesn't interrupt"),
        Err(error) => log::error!("no other timer: {error}"),
    }
    None
}

/// Waits until an interrupt of the timer comes, for `patience` at most. Not halted: nothing else might wake it.
fn waits_for_a_tick(patience: Duration) -> bool {
    let before = tick::interrupts();
    let (mut waited, mut last) = (Duration::ZERO, Instant::now());
    while waited < patience {
        if tick::interrupts() != before {
            return true;
        }
        core::hint::spin_loop();
        waited += last.elapsed().min(LOOK);
        last = Instant::now();
    }
    false
}

/// Waits for an interrupt, with interrupts on meanwhile; they are off before and after. Where no timer interrupts, it
/// makes the tick that is due itself.
pub(crate) fn wait_for_interrupt() {
    if ticks_come() || super::period().is_zero() {
        return cpu::wait_for_interrupt();
    }
    cpu_interrupts::enable();
    if tick::is_due() {
        trap::raise::<POLLED_VECTOR>();
    }
    cpu_interrupts::disable();
}

fn polled_tick(frame: &mut TrapFrame) -> TrapResult {
    tick::tick(frame);
    interrupts::leave(frame);
    TrapResult::Handled
}
