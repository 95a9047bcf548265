//! The panic handler: prints location, message and backtrace, then ends the machine.

use core::panic::PanicInfo;

use x86_64::instructions::interrupts;

use crate::exit::{self, ExitCode};
use crate::fault::backtrace::Backtrace;
use crate::fault::{self, Escalation};
use crate::sync::NeverReturns;
use crate::{console, print, println, thread};

#[cfg_attr(farjump_boots, panic_handler)]
#[cfg_attr(not(farjump_boots), expect(dead_code, reason = "std's panic handler is in its place"))]
fn panic(info: &PanicInfo<'_>) -> ! {
    // With interrupts off it may have a lock, or not be a thread's at all.
    match fault::begin(interrupts::are_enabled()) {
        Escalation::KillThread => {
            report(info);
            fault::thread_has_ended();
            thread::end_by_panic()
        }
        ending => NeverReturns::run(|proof| {
            last_words(info, ending, proof);
            exit::finish(ExitCode::Panic)
        }),
    }
}

/// Prints what can still be printed.
fn last_words(info: &PanicInfo<'_>, ending: Escalation, proof: &NeverReturns) {
    match ending {
        Escalation::KillThread | Escalation::Panic => {
            fault::begin_last_words(proof);
            console::fall_back_to_com1();
            fault::report(|| report(info));
        }
        Escalation::NestedPanic => {
            fault::begin_last_words(proof);
            // Its message may be what panics.
            if let Some(place) = info.location() {
                println!("\npanicked at {place} while the end was being reported");
            }
        }
        Escalation::Silent => {}
    }
}

fn report(info: &PanicInfo<'_>) {
    println!("\n{info}");
    fault::print_thread();
    print!("{}", Backtrace::here());
}
