//! What a kernel asks of the CPU.

use core::arch::x86_64::{__cpuid, __cpuid_count, CpuidResult};

use farjump_x86::cpuid;
use farjump_x86::tsc::CPUID_HYPERVISOR;
use x86_64::registers::control::{Cr0, Cr0Flags, Cr4, Cr4Flags};

/// CPUID leaf 7: structured extended features. Source: Intel SDM vol. 2A, "CPUID".
const EXTENDED_FEATURES: u32 = 7;

/// Of its EBX.
const SMEP: u32 = 1 << 7;
const SMAP: u32 = 1 << 20;

/// Of its ECX.
const UMIP: u32 = 1 << 2;

/// States the bits of CR0 and CR4 that this kernel's code assumes, whatever loader there was; the others are as the boot
/// protocol says. Its IDT is loaded: a machine check may come from here on.
///
/// | | |
/// |---|---|
/// | CR0.MP, NE set, EM, TS clear | x87 instructions run, and their errors are exceptions |
/// | CR0.WP set | read-only pages are so for the kernel, too |
/// | CR4.OSFXSR, OSXMMEXCPT set | SSE runs, and its errors are exceptions |
/// | CR4.OSXSAVE clear | no code may use AVX: `trap.S` saves by FXSAVE, which leaves its registers out |
/// | CR4.MCE set | a machine check is reported, and no silent reset |
/// | CR4.SMEP, SMAP, UMIP set | where the CPU has them: the kernel neither executes nor touches pages that users may, and users don't learn where its tables are |
///
/// Source: Intel SDM vol. 3A, "Control Registers".
pub(crate) fn set_control_registers() {
    let mut cr0 = Cr0::read();
    cr0.insert(Cr0Flags::MONITOR_COPROCESSOR | Cr0Flags::NUMERIC_ERROR | Cr0Flags::WRITE_PROTECT);
    cr0.remove(Cr0Flags::EMULATE_COPROCESSOR | Cr0Flags::TASK_SWITCHED);
    // SAFETY: paging and protected mode stay as they are, and no page of the kernel's is written that is read-only.
    unsafe { Cr0::write(cr0) };
    let mut cr4 = Cr4::read();
    cr4.insert(Cr4Flags::OSFXSR | Cr4Flags::OSXMMEXCPT_ENABLE);
    cr4.remove(Cr4Flags::OSXSAVE);
    cr4.set(Cr4Flags::MACHINE_CHECK_EXCEPTION, __cpuid(cpuid::FEATURES).edx & cpuid::MCE != 0);
    let extended = extended_features();
    cr4.set(Cr4Flags::SUPERVISOR_MODE_EXECUTION_PROTECTION, extended.ebx & SMEP != 0);
    cr4.set(Cr4Flags::SUPERVISOR_MODE_ACCESS_PREVENTION, extended.ebx & SMAP != 0);
    cr4.set(Cr4Flags::USER_MODE_INSTRUCTION_PREVENTION, extended.ecx & UMIP != 0);
    // SAFETY: each bit is set only where the CPU has it, all with long mode have SSE, no page of this kernel is one for
    // users, and nothing in it uses AVX.
    unsafe { Cr4::write(cr4) };
}

/// Leaf 7; all zero on a CPU without it.
fn extended_features() -> CpuidResult {
    if __cpuid(0).eax < EXTENDED_FEATURES {
        return CpuidResult { eax: 0, ebx: 0, ecx: 0, edx: 0 };
    }
    __cpuid_count(EXTENDED_FEATURES, 0)
}

/// Whether this is a virtual machine that says so.
#[must_use]
pub fn is_virtual() -> bool {
    __cpuid(1).ecx & CPUID_HYPERVISOR != 0
}

/// The time stamp counter.
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
