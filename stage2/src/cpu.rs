//! CPU features beyond those that `long_mode.S` has switched on.

use core::arch::x86_64::{__cpuid, _rdtsc, CpuidResult};

use farjump_api::CpuFeatures;
use farjump_x86::cpuid;
use farjump_x86::machine_check::{self, Bank};
use farjump_x86::tsc;
use x86_64::registers::control::{Cr4, Cr4Flags};
use x86_64::registers::model_specific::{Efer, EferFlags, Msr};

/// Reads the time stamp counter.
pub(crate) fn time_stamp() -> u64 {
    // SAFETY: every CPU with long mode has a TSC, and CR4.TSD is clear.
    unsafe { _rdtsc() }
}

/// Returns the frequency of the time stamp counter in Hz, zero if neither CPU nor hypervisor reports it.
pub(crate) fn tsc_hz() -> u64 {
    let cpuid = |leaf| {
        let CpuidResult { eax, ebx, ecx, edx } = __cpuid(leaf);
        [eax, ebx, ecx, edx]
    };
    tsc::hz_by_cpuid(cpuid).unwrap_or(0)
}

/// Returns the features that are switched on, and those that the kernel's page tables may use. `cpu_check.S` has checked that
/// the leaf exists.
pub(crate) fn features() -> CpuFeatures {
    let mut features = CpuFeatures::SSE | CpuFeatures::WRITE_PROTECT;
    features.set(CpuFeatures::NO_EXECUTE, Efer::read().contains(EferFlags::NO_EXECUTE_ENABLE));
    features.set(CpuFeatures::GIB_PAGES, __cpuid(cpuid::EXTENDED_FEATURES).edx & cpuid::GIB_PAGES != 0);
    features
}

/// Makes the CPU report machine checks by exception 18, if it supports that. Otherwise they shut the CPU down.
///
/// # Safety
/// The IDT must have a gate for them.
pub(crate) unsafe fn enable_machine_checks() {
    if __cpuid(cpuid::FEATURES).edx & cpuid::MCE != 0 {
        let flags = Cr4::read() | Cr4Flags::MACHINE_CHECK_EXCEPTION;
        // SAFETY: the CPU supports the bit, and the caller has installed a gate for machine checks.
        unsafe { Cr4::write(flags) };
    }
}

/// Returns the machine-check banks that hold an error; none if the CPU has no banks.
pub(crate) fn machine_check_banks() -> impl Iterator<Item = Bank> {
    let has_banks = __cpuid(cpuid::FEATURES).edx & cpuid::MCA != 0;
    // SAFETY: the CPU has these registers, and reading them has no side effects.
    has_banks.then(|| machine_check::banks(|msr| unsafe { Msr::new(msr).read() })).into_iter().flatten()
}
