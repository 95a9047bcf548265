//! Exceptions that nobody handles, and their report.

mod report;

pub use x86_exceptions::Exception;

use super::trap::TrapFrame;
use crate::ending::{self, Ending};
use crate::exit::{self, ExitCode};
use crate::{console, println};

/// A breakpoint is logged and returns. Any other exception is reported, and is the end.
pub(super) fn unhandled(exception: Exception, frame: &TrapFrame) {
    if exception == Exception::BREAKPOINT {
        log::warn!("breakpoint at {}", crate::symbols::find(frame.rip - 1, frame.rip));
        return;
    }
    match ending::begin() {
        Ending::First => {
            console::break_locks();
            ending::report(|| report::print(exception, frame));
        }
        Ending::Second => {
            console::break_locks();
            let (vector, name) = (exception.vector(), exception.name());
            println!("exception {vector}, {name}, at {:#x} while the end was being reported", frame.rip);
        }
        Ending::Later => {}
    }
    exit::finish(ExitCode::Exception)
}
