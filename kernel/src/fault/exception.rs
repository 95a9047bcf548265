//! Unhandled exceptions, and their report.

mod report;

use farjump_x86::Exception;

use crate::arch::trap::TrapFrame;
use crate::exit::{self, ExitCode};
use crate::fault::{self, Escalation};
use crate::sync::NeverReturns;
use crate::{println, thread};

/// A breakpoint is logged and returns. Any other exception is reported, and is the end of the thread or the machine.
pub(crate) fn unhandled(exception: Exception, frame: &mut TrapFrame) {
    if exception == Exception::BREAKPOINT {
        log::warn!("breakpoint at {}", crate::fault::symbols::find(frame.rip - 1, frame.rip));
        return;
    }
    // With interrupts off it may have a lock, or not be a thread's at all.
    match fault::begin(is_of_what_runs(exception) && frame.interrupts_were_on()) {
        Escalation::KillThread => {
            report::print(exception, frame);
            fault::thread_has_ended();
            thread::end_by_exception(exception, frame);
        }
        ending => NeverReturns::run(|proof| {
            last_words(exception, frame, ending, proof);
            exit::finish(ExitCode::Exception)
        }),
    }
}

/// Prints what can still be printed.
fn last_words(exception: Exception, frame: &TrapFrame, ending: Escalation, proof: &NeverReturns) {
    match ending {
        Escalation::KillThread | Escalation::Panic => {
            fault::begin_last_words(proof);
            fault::report(|| report::print(exception, frame));
        }
        Escalation::NestedPanic => {
            fault::begin_last_words(proof);
            let (vector, name) = (exception.vector(), exception.name());
            println!("exception {vector}, {name}, at {:#x} while the end was being reported", frame.rip);
        }
        Escalation::Silent => {}
    }
}

/// Whether an exception is the doing of the code that it interrupts, and leaves that code's thread in order.
fn is_of_what_runs(exception: Exception) -> bool {
    !matches!(
        exception,
        Exception::NON_MASKABLE_INTERRUPT | Exception::DOUBLE_FAULT | Exception::MACHINE_CHECK
    )
}
