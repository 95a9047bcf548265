//! Ticks that threads make themselves, for runs that repeat: a thread says that it has run for a tick, and what it
//! does at its end, as the simulator of `crates/scheduler` does for its jobs. When no thread can run, the idle one
//! makes the ticks.

use farjump_scheduler::TickOutcome;
use x86_64::instructions::interrupts;

use super::{THREADS, stop};
use crate::time;

/// A tick passes that this thread has run in, and at whose end it does `turn`. `next_burst` is how many ticks it will
/// run when it wakes, where the scheduler is told.
///
/// With [`TickOutcome::Exits`] it doesn't return. Then it holds no [`Mutex`](super::Mutex): a thread that waits for it isn't
/// woken.
pub fn simulated_tick(turn: TickOutcome, next_burst: Option<u64>) {
    stop(|threads| threads.simulated_tick(turn, next_burst));
}

/// What runs when no thread can.
pub(super) extern "sysv64" fn idle() -> ! {
    loop {
        if THREADS.lock().as_ref().is_some_and(|threads| threads.clock_is_simulated()) {
            simulated_tick(TickOutcome::Runs, None);
        } else {
            time::wait_for_interrupt();
            interrupts::enable();
        }
    }
}
