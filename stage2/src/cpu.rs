//! What the loader asks of the CPU, beyond what `long_mode.S` has switched on.

use core::arch::x86_64::{__cpuid, _rdtsc};

use farjump_api::CpuFeatures;
use x86_64::registers::model_specific::{Efer, EferFlags};

/// CPUID leaf with the long-mode features. `cpu_check.S` has made sure that it is there.
const EXTENDED_FEATURES: u32 = 0x8000_0001;

/// Of its EDX: pages of 1 GiB.
const GIB_PAGES: u32 = 1 << 26;

/// The time-stamp counter.
pub(crate) fn time_stamp() -> u64 {
    // SAFETY: every CPU with long mode has a TSC, and CR4.TSD is clear.
    unsafe { _rdtsc() }
}

/// What is switched on, and what the kernel's page tables may use.
pub(crate) fn features() -> CpuFeatures {
    let mut features = CpuFeatures::SSE | CpuFeatures::WRITE_PROTECT;
    features.set(CpuFeatures::NO_EXECUTE, Efer::read().contains(EferFlags::NO_EXECUTE_ENABLE));
    features.set(CpuFeatures::GIB_PAGES, __cpuid(EXTENDED_FEATURES).edx & GIB_PAGES != 0);
    features
}
