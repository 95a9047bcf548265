//! How a boot ended.

use std::fmt;
use std::process::ExitStatus;

/// QEMU's exit status for each value that the guest writes to isa-debug-exit: twice the value, plus one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Status(i32);

impl Status {
    /// The kernel wrote 10h: it did what it was to do.
    pub const SUCCESS: Self = Self::of_debug_exit(0x10);
    /// The kernel wrote 11h: it panicked.
    pub const PANIC: Self = Self::of_debug_exit(0x11);
    /// The kernel wrote 12h: an exception came that it doesn't handle.
    pub const EXCEPTION: Self = Self::of_debug_exit(0x12);
    /// The kernel wrote 13h: one of its tests failed.
    pub const FAILED: Self = Self::of_debug_exit(0x13);

    const fn of_debug_exit(value: u8) -> Self {
        Self(((value as i32) << 1) | 1)
    }
}

/// How a boot ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The kernel reported success.
    Success,
    /// The kernel reported a panic.
    Panicked,
    /// The kernel reported an exception.
    Exception,
    /// The kernel reported a test that failed.
    Failed,
    /// The machine was switched off, or reset without a fault.
    PoweredOff,
    /// The CPU gave up on a fault in a fault's handler and reset.
    TripleFault,
    /// We ended it, because it had shown all that was to be seen.
    Stopped,
    /// A stage or the loader gave up, and said why in its last line; we ended the machine.
    GaveUp,
    /// We ended it, because its time was up.
    TimedOut,
    /// QEMU ended in a way that the guest didn't ask for.
    Died {
        /// What the system says of its end.
        status: String,
        /// The last it wrote to standard error.
        errors: String,
    },
}

impl Outcome {
    /// Reads QEMU's exit status. `triple_fault` tells apart two ends that have the same one.
    #[must_use]
    pub fn of_status(status: ExitStatus, triple_fault: bool, errors: String) -> Self {
        match status.code().map(Status) {
            Some(Status::SUCCESS) => Self::Success,
            Some(Status::PANIC) => Self::Panicked,
            Some(Status::EXCEPTION) => Self::Exception,
            Some(Status::FAILED) => Self::Failed,
            Some(Status(0)) if triple_fault => Self::TripleFault,
            Some(Status(0)) => Self::PoweredOff,
            _ => Self::Died { status: status.to_string(), errors },
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Success => f.write_str("the kernel reported success"),
            Self::Panicked => f.write_str("the kernel reported a panic"),
            Self::Exception => f.write_str("the kernel reported an exception"),
            Self::Failed => f.write_str("the kernel reported a test or a command that failed"),
            Self::PoweredOff => f.write_str("the machine was switched off or reset"),
            Self::TripleFault => f.write_str("the CPU reset itself after a triple fault"),
            Self::Stopped => f.write_str("the machine was ended from outside"),
            Self::GaveUp => {
                f.write_str("the loader gave up; its last line says why, docs/errors.md what to do")
            }
            Self::TimedOut => f.write_str("the time limit was reached"),
            Self::Died { status, errors } if errors.is_empty() => write!(f, "QEMU ended with {status}"),
            Self::Died { status, errors } => write!(f, "QEMU ended with {status}: {errors}"),
        }
    }
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::process::ExitStatusExt as _;

    fn outcome(code: i32, triple_fault: bool) -> Outcome {
        Outcome::of_status(ExitStatus::from_raw(code << 8), triple_fault, String::new())
    }

    #[test]
    fn the_kernels_values_become_the_documented_statuses() {
        assert_eq!(Status::SUCCESS, Status(33));
        assert_eq!(Status::PANIC, Status(35));
        assert_eq!(outcome(33, false), Outcome::Success);
        assert_eq!(outcome(35, false), Outcome::Panicked);
        assert_eq!(Status::EXCEPTION, Status(37));
        assert_eq!(outcome(37, false), Outcome::Exception);
        assert_eq!(Status::FAILED, Status(39));
        assert_eq!(outcome(39, false), Outcome::Failed);
    }

    #[test]
    fn a_reset_after_a_triple_fault_is_told_from_switching_off() {
        assert_eq!(outcome(0, false), Outcome::PoweredOff);
        assert_eq!(outcome(0, true), Outcome::TripleFault);
    }

    #[test]
    fn any_other_status_is_qemus_own_failure_and_keeps_its_words() {
        let status = ExitStatus::from_raw(1 << 8);
        let outcome = Outcome::of_status(status, false, "no such disk".into());
        assert!(outcome.to_string().ends_with("1: no such disk"), "{outcome}");
        assert!(matches!(
            Outcome::of_status(ExitStatus::from_raw(9), false, String::new()),
            Outcome::Died { .. }
        ));
    }
}
