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

/// Waits for an interrupt, with interrupts on meanwhile; they are off before and after. One that comes before the wait
/// ends it: STI lets none in until HLT has begun.
///
/// Source: Intel SDM vol. 2B, "STI".
pub fn wait_for_interrupt() {
    x86_64::instructions::interrupts::enable_and_hlt();
    x86_64::instructions::interrupts::disable();
}
