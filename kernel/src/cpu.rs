//! What a kernel asks of the CPU.

/// The time-stamp counter.
#[must_use]
pub fn time_stamp() -> u64 {
    // SAFETY: every CPU with long mode has a TSC, and CR4.TSD is clear.
    unsafe { core::arch::x86_64::_rdtsc() }
}

/// Stops this CPU for good.
pub fn halt() -> ! {
    loop {
        x86_64::instructions::interrupts::disable();
        x86_64::instructions::hlt();
    }
}
