//! What a kernel asks of the CPU.

use core::arch::x86_64::{__cpuid, __cpuid_count};

use x86_64::registers::control::{Cr4, Cr4Flags};

/// CPUID leaf 7: structured extended features. Source: Intel SDM vol. 2A, "CPUID".
const EXTENDED_FEATURES: u32 = 7;

/// Of its EBX.
const SMEP: u32 = 1 << 7;
const SMAP: u32 = 1 << 20;

/// Of its ECX.
const UMIP: u32 = 1 << 2;

/// Switches on what the CPU has against mistakes: the kernel neither executes (SMEP) nor touches (SMAP) pages that
/// users may, and users don't learn where its tables are (UMIP).
///
/// Source: Intel SDM vol. 3A, "Control Registers", CR4.
pub(crate) fn enable_protections() {
    if __cpuid(0).eax < EXTENDED_FEATURES {
        return;
    }
    let features = __cpuid_count(EXTENDED_FEATURES, 0);
    let mut flags = Cr4::read();
    flags.set(Cr4Flags::SUPERVISOR_MODE_EXECUTION_PROTECTION, features.ebx & SMEP != 0);
    flags.set(Cr4Flags::SUPERVISOR_MODE_ACCESS_PREVENTION, features.ebx & SMAP != 0);
    flags.set(Cr4Flags::USER_MODE_INSTRUCTION_PREVENTION, features.ecx & UMIP != 0);
    // SAFETY: each bit is set only where the CPU has it, and no page of this kernel is one for users.
    unsafe { Cr4::write(flags) };
}

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
