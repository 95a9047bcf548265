//! Backtraces: the calls that led to an instruction, by the chain of frame pointers.
//!
//! The chain is whatever the stack holds. It is followed for [`MAX_CALLS`] and only through memory that is
//! mapped; it ends where a return address is neither in the kernel's code nor in that of a module.

use core::fmt;

use farjump_api::SegmentFlags;

use super::symbols;
use crate::arch::frame_pointer;
use crate::arch::trap::TrapFrame;
use crate::module;

/// Calls that are followed: as many as the default stack has room for.
pub const MAX_CALLS: usize = 4096;

/// Lines that are shown. A function that calls itself from one place takes one, however deep it goes.
pub const MAX_LINES: usize = 24;

/// A chain of calls, the innermost first; shown as a line for each.
#[derive(Debug, Clone, Copy)]
pub struct Backtrace {
    /// The instruction to begin with, where it isn't a return address.
    rip: Option<u64>,
    rbp: u64,
}

impl Backtrace {
    /// From the caller on.
    #[must_use]
    #[inline(always)]
    pub fn here() -> Self {
        Self { rip: None, rbp: frame_pointer::read() }
    }

    /// From what was interrupted on.
    #[must_use]
    pub fn of_trap(frame: &TrapFrame) -> Self {
        Self { rip: Some(frame.rip), rbp: frame.registers.rbp }
    }

    /// The addresses of the code: where it was interrupted, then return addresses.
    pub fn addresses(self) -> impl Iterator<Item = u64> {
        let mut rbp = self.rbp;
        let returns = core::iter::from_fn(move || {
            let [callers_rbp, return_address] = frame_pointer::link(rbp)?;
            rbp = callers_rbp;
            is_code(return_address).then_some(return_address)
        });
        self.rip.into_iter().chain(returns).take(MAX_CALLS)
    }
}

impl fmt::Display for Backtrace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "backtrace:")?;
        let mut lines = 0;
        let mut addresses = self.addresses().enumerate().peekable();
        while let Some((index, address)) = addresses.next() {
            if lines == MAX_LINES {
                return writeln!(f, "  and so on");
            }
            let is_return_address = index > 0 || self.rip.is_none();
            // A call that doesn't return may be the last instruction of its function.
            let location = symbols::find(address - u64::from(is_return_address), address);
            let mut more = 0;
            while is_return_address && addresses.next_if(|(_, next)| *next == address).is_some() {
                more += 1;
            }
            match more {
                0 => writeln!(f, "  at {location}")?,
                more => writeln!(f, "  at {location}, and {more} times more")?,
            }
            lines += 1;
        }
        Ok(())
    }
}

/// Whether `address` lies in what the kernel may execute: its own code, or that of a module that was loaded at run time.
fn is_code(address: u64) -> bool {
    is_kernel_code(address) || module::is_code(address)
}

fn is_kernel_code(address: u64) -> bool {
    let segments = crate::boot::info().map_or(&[][..], |boot_info| boot_info.kernel.segments.get());
    segments.iter().any(|segment| {
        segment.flags.contains(SegmentFlags::EXECUTE)
            && (segment.virtual_address..segment.virtual_address + segment.size).contains(&address)
    })
}
