//! Machine checks: errors of the hardware, which the CPU reports as exception 18.
//!
//! [`init`] has them reported, and says what the banks hold from before this boot; [`report`] is the part of an
//! exception's report that they have alone. A CPU without the banks reports an exception, and no more.
//!
//! Source: Intel SDM vol. 3B, "Machine-Check Architecture", "Machine-Check Initialization".

use core::arch::x86_64::__cpuid;
use core::fmt;

use farjump_x86::{cpuid, machine_check};
use x86_64::registers::model_specific::Msr;

/// Bank 0 of family 6 up to here is the firmware's.
const FIRST_MODEL_WITH_BANK_0: u32 = 0x1A;

/// Has all errors reported. CR4.MCE is set already.
pub(crate) fn init() {
    let Some(capabilities) = capabilities() else { return };
    machine_check::banks(read).for_each(|bank| log::warn!("a machine check before this boot: {bank}"));
    if capabilities & machine_check::HAS_MCG_CTL != 0 {
        write(machine_check::MCG_CTL, u64::MAX);
    }
    for bank in 0..machine_check::bank_count(capabilities) {
        if bank > 0 || bank_0_is_ours() {
            write(machine_check::control_register(bank), u64::MAX);
        }
        write(machine_check::status_register(bank), 0);
    }
}

/// Returns what the banks hold, in lines for an exception's report.
pub(crate) fn report() -> impl fmt::Display {
    fmt::from_fn(|f| {
        if capabilities().is_none() {
            return writeln!(f, "this CPU has no registers that say what it was");
        }
        writeln!(f, "mcg_status {:#x}", read(machine_check::MCG_STATUS))?;
        machine_check::banks(read).try_for_each(|bank| writeln!(f, "{bank}"))
    })
}

/// `IA32_MCG_CAP`, where the CPU has it.
fn capabilities() -> Option<u64> {
    (__cpuid(cpuid::FEATURES).edx & cpuid::MCA != 0).then(|| read(machine_check::MCG_CAP))
}

/// Source: Intel SDM vol. 2A, "CPUID", leaf 1: model and extended model.
fn bank_0_is_ours() -> bool {
    let signature = __cpuid(cpuid::FEATURES).eax;
    let (family, model) = (signature >> 8 & 0xF, signature >> 12 & 0xF0 | signature >> 4 & 0xF);
    family != 6 || model >= FIRST_MODEL_WITH_BANK_0
}

fn read(register: u32) -> u64 {
    // SAFETY: the CPU says that it has this register, and reading it changes nothing.
    unsafe { Msr::new(register).read() }
}

fn write(register: u32, value: u64) {
    // SAFETY: the CPU says that it has this register, which says what is reported, or holds what was.
    unsafe { Msr::new(register).write(value) };
}
