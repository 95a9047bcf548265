//! What the hardware of an x86-64 PC fixes: numbers that loader and kernel need, each defined once.
//!
//! | module | contains |
//! |---|---|
//! | [`Exception`] | the CPU's exceptions: their names, and which of them have an error code |
//! | `ErrorCode` | what an error code says; with the feature `error-codes` |
//! | [`Registers`] | the general-purpose registers of what was interrupted |
//! | [`machine_check`] | the banks of a machine check |
//! | [`paging`] | sizes of pages and page tables |
//! | [`cpuid`] | CPUID's leaves and feature bits |
//! | [`tsc`] | the frequency of the time stamp counter, by CPUID |
//! | [`uart`], [`vga`] | the first serial port, the text screen |
//!
//! Numbers that the crate `x86_64` has are left to it. Assumes nothing of a number that it gets: a vector of an interrupt
//! is no exception, a vector that the manuals leave out is "reserved".

#![cfg_attr(not(test), no_std)]
#![forbid(unsafe_code)]

pub mod cpuid;
#[cfg(feature = "error-codes")]
mod error_code;
pub mod machine_check;
pub mod paging;
mod registers;
pub mod tsc;
pub mod uart;
pub mod vga;

#[cfg(feature = "error-codes")]
pub use error_code::{ErrorCode, access};
pub use registers::Registers;

/// MXCSR after a reset: every SSE exception masked, rounding to nearest.
///
/// Source: Intel SDM vol. 1, "MXCSR Control and Status Register".
pub const MXCSR_DEFAULT: u32 = 0x1F80;

/// End of the physical memory that ISA DMA reaches: its addresses have 24 bits.
///
/// Source: Intel 8237A data sheet; the IBM PC/AT's page registers.
pub const ISA_DMA_END: u64 = 16 << 20;

/// Vectors that are exceptions: all below are, all from here on are interrupts'.
pub const EXCEPTIONS: usize = 32;

/// Bit N: the CPU pushes an error code for exception N.
///
/// Source: Intel SDM vol. 3A, table "Protected-Mode Exceptions and Interrupts"; AMD64 vol. 2 for 29 and 30.
pub const VECTORS_WITH_ERROR_CODE: u32 =
    1 << 8 | 1 << 10 | 1 << 11 | 1 << 12 | 1 << 13 | 1 << 14 | 1 << 17 | 1 << 21 | 1 << 29 | 1 << 30;

/// An exception, by its vector.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exception(u8);

#[expect(missing_docs, reason = "the manual's names")]
impl Exception {
    pub const DEBUG: Self = Self(1);
    pub const NON_MASKABLE_INTERRUPT: Self = Self(2);
    pub const BREAKPOINT: Self = Self(3);
    pub const INVALID_OPCODE: Self = Self(6);
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
        // The bound is what makes the cast lossless.
        if vector < EXCEPTIONS as u64 { Some(Self(vector.to_le_bytes()[0])) } else { None }
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

/// The README's examples, as tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exceptions_are_the_first_32_vectors() {
        assert_eq!(Exception::of_vector(14), Some(Exception::PAGE_FAULT));
        assert_eq!(Exception::of_vector(31).unwrap().name(), "reserved");
        assert_eq!(Exception::of_vector(32), None);
        assert_eq!(Exception::of_vector(u64::MAX), None);
    }

    #[test]
    fn error_codes_are_pushed_for_the_vectors_that_linux_has_them_for() {
        // arch/x86/include/asm/idtentry.h, the DECLARE_IDTENTRY_*ERRORCODE macros, and AMD's two.
        let with: Vec<u32> = (0..32).filter(|vector| VECTORS_WITH_ERROR_CODE >> vector & 1 == 1).collect();
        assert_eq!(with, [8, 10, 11, 12, 13, 14, 17, 21, 29, 30]);
    }
}
