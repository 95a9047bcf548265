//! The library switches on what the CPU has against mistakes, and off what a foreign loader may have left on.

#![no_std]
#![no_main]

use farjump_api::{BootInfo, entry_point};
use test_kernels::run;
use x86_64::registers::control::{Cr0, Cr0Flags, Cr4, Cr4Flags};

entry_point!(main);

fn main(boot_info: &'static BootInfo) -> ! {
    be_a_foreign_loader();
    run(
        boot_info,
        &[
            ("smep_smap_and_umip_are_on", smep_smap_and_umip_are_on),
            ("avx_is_off", avx_is_off),
            (
                "errors_of_x87_and_of_the_hardware_are_exceptions",
                errors_of_x87_and_of_the_hardware_are_exceptions,
            ),
        ],
    )
}

/// What no other kernel has to reckon with: AVX on, and x87 errors by an interrupt line.
fn be_a_foreign_loader() {
    // SAFETY: the CPU has XSAVE, and nothing uses it yet.
    unsafe { Cr4::write(Cr4::read() | Cr4Flags::OSXSAVE) };
    // SAFETY: no x87 instruction runs yet.
    unsafe { Cr0::write(Cr0::read() - Cr0Flags::NUMERIC_ERROR) };
}

/// For a CPU that has all three.
fn smep_smap_and_umip_are_on(_: &'static BootInfo) {
    let wanted = Cr4Flags::SUPERVISOR_MODE_EXECUTION_PROTECTION
        | Cr4Flags::SUPERVISOR_MODE_ACCESS_PREVENTION
        | Cr4Flags::USER_MODE_INSTRUCTION_PREVENTION;
    assert!(Cr4::read().contains(wanted), "{:?}", Cr4::read());
}

/// Threads are switched by FXSAVE, which doesn't save what AVX has.
fn avx_is_off(_: &'static BootInfo) {
    assert!(!Cr4::read().contains(Cr4Flags::OSXSAVE), "{:?}", Cr4::read());
}

fn errors_of_x87_and_of_the_hardware_are_exceptions(_: &'static BootInfo) {
    assert!(Cr0::read().contains(Cr0Flags::NUMERIC_ERROR), "{:?}", Cr0::read());
    assert!(Cr4::read().contains(Cr4Flags::MACHINE_CHECK_EXCEPTION), "{:?}", Cr4::read());
}
