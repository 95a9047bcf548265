//! What the loader asks of the CPU, beyond what `long_mode.S` has switched on.

use core::arch::x86_64::{__cpuid, _rdtsc, CpuidResult};

use farjump_api::CpuFeatures;
use farjump_x86::machine_check::{self, Bank, CPUID_MCA, CPUID_MCE};
use farjump_x86::tsc;
use x86_64::registers::control::{Cr4, Cr4Flags};
use x86_64::registers::model_specific::{Efer, EferFlags, Msr};

/// CPUID leaf with the features that the first CPUs with CPUID had.
const FEATURES: u32 = 1;

/// CPUID leaf with the long-mode features. `cpu_check.S` has made sure that it is there.
const EXTENDED_FEATURES: u32 = 0x8000_0001;

/// Of its EDX: pages of 1 GiB.
const GIB_PAGES: u32 = 1 << 26;

/// The time-stamp counter.
pub(crate) fn time_stamp() -> u64 {
    // SAFETY: every CPU with long mode has a TSC, and CR4.TSD is clear.
    unsafe { _rdtsc() }
}

/// Returns how often a second the time-stamp counter counts, zero if neither CPU nor hypervisor says so.
pub(crate) fn tsc_hz() -> u64 {
    let cpuid = |leaf| {
        let CpuidResult { eax, ebx, ecx, edx } = __cpuid(leaf);
        [eax, ebx, ecx, edx]
    };
    tsc::hz_by_cpuid(cpuid).unwrap_or(0)
}

/// What is switched on, and what the kernel's page tables may use.
pub(crate) fn features() -> CpuFeatures {
    let mut features = CpuFeatures::SSE | CpuFeatures::WRITE_PROTECT;
    features.set(CpuFeatures::NO_EXECUTE, Efer::read().contains(EferFlags::NO_EXECUTE_ENABLE));
    features.set(CpuFeatures::GIB_PAGES, __cpuid(EXTENDED_FEATURES).edx & GIB_PAGES != 0);
    features
}

/// Lets the CPU report machine checks by exception 18, where it can. Without it, they shut it down.
///
/// # Safety
/// The IDT has a gate for them.
pub(crate) unsafe fn enable_machine_checks() {
    if __cpuid(FEATURES).edx & CPUID_MCE != 0 {
        let flags = Cr4::read() | Cr4Flags::MACHINE_CHECK_EXCEPTION;
        // SAFETY: the CPU has the bit, and the caller has a gate for what comes of it.
        unsafe { Cr4::write(flags) };
    }
}

/// The machine-check banks that hold an error; none where the CPU has no banks.
pub(crate) fn machine_check_banks() -> impl Iterator<Item = Bank> {
    let has_banks = __cpuid(FEATURES).edx & CPUID_MCA != 0;
    // SAFETY: the CPU has these registers, and reading one changes nothing.
    has_banks.then(|| machine_check::banks(|msr| unsafe { Msr::new(msr).read() })).into_iter().flatten()
}
