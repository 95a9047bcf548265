//! Exceptions: their names, their error codes, and the report of one that nobody handles.

mod error_code;
mod report;

use super::trap::TrapFrame;
use crate::ending::{self, Ending};
use crate::exit::{self, ExitCode};
use crate::{console, println};

/// Vectors that are exceptions.
const EXCEPTIONS: u64 = 32;

/// An exception, by its vector.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exception(u8);

#[expect(missing_docs, reason = "the manual's names")]
impl Exception {
    pub const DEBUG: Self = Self(1);
    pub const NON_MASKABLE_INTERRUPT: Self = Self(2);
    pub const BREAKPOINT: Self = Self(3);
    pub const DOUBLE_FAULT: Self = Self(8);
    pub const INVALID_TSS: Self = Self(10);
    pub const SEGMENT_NOT_PRESENT: Self = Self(11);
    pub const STACK_SEGMENT: Self = Self(12);
    pub const GENERAL_PROTECTION: Self = Self(13);
    pub const PAGE_FAULT: Self = Self(14);
    pub const MACHINE_CHECK: Self = Self(18);
}

impl Exception {
    /// The exception with this vector; `None` for the vectors of interrupts.
    #[must_use]
    pub const fn of_vector(vector: u64) -> Option<Self> {
        if vector < EXCEPTIONS { Some(Self(vector as u8)) } else { None }
    }

    /// Its vector.
    #[must_use]
    pub const fn vector(self) -> u8 {
        self.0
    }

    /// Its name.
    ///
    /// Source: Intel SDM vol. 3A, table "Protected-Mode Exceptions and Interrupts"; AMD64 vol. 2 for 28 to 30.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self.0 {
            0 => "divide error",
            1 => "debug",
            2 => "non-maskable interrupt",
            3 => "breakpoint",
            4 => "overflow",
            5 => "bound range exceeded",
            6 => "invalid opcode",
            7 => "device not available",
            8 => "double fault",
            9 => "coprocessor segment overrun",
            10 => "invalid TSS",
            11 => "segment not present",
            12 => "stack-segment fault",
            13 => "general protection",
            14 => "page fault",
            16 => "x87 floating-point error",
            17 => "alignment check",
            18 => "machine check",
            19 => "SIMD floating-point error",
            20 => "virtualization",
            21 => "control protection",
            28 => "hypervisor injection",
            29 => "VMM communication",
            30 => "security exception",
            _ => "reserved",
        }
    }
}

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
