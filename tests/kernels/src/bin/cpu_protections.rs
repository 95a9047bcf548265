//! The library switches on what the CPU has against mistakes of a kernel.

#![no_std]
#![no_main]

use boot_protocol::{BootInfo, entry_point};
use test_kernels::run;
use x86_64::registers::control::{Cr4, Cr4Flags};

entry_point!(main);

fn main(boot_info: &'static BootInfo) -> ! {
    run(boot_info, &[("smep_smap_and_umip_are_on", smep_smap_and_umip_are_on)])
}

/// For a CPU that has all three.
fn smep_smap_and_umip_are_on(_: &'static BootInfo) {
    let wanted = Cr4Flags::SUPERVISOR_MODE_EXECUTION_PROTECTION
        | Cr4Flags::SUPERVISOR_MODE_ACCESS_PREVENTION
        | Cr4Flags::USER_MODE_INSTRUCTION_PREVENTION;
    assert!(Cr4::read().contains(wanted), "{:?}", Cr4::read());
}
