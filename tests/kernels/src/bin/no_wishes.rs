//! A kernel without a requests note: it gets the defaults.

#![no_std]
#![no_main]

use farjump_api::{BootInfo, Wishes};
use test_kernels::run;

/// No `entry_point!`: nothing but the symbol.
#[unsafe(no_mangle)]
extern "sysv64" fn _start(boot_info: &'static BootInfo) -> ! {
    run(boot_info, &[("the_defaults_hold", the_defaults_hold)])
}

fn the_defaults_hold(boot_info: &'static BootInfo) {
    assert_eq!(boot_info.kernel.stack_size, u64::from(Wishes::DEFAULT.stack_size));
    assert_eq!(boot_info.physical_memory_offset, Wishes::DEFAULT.physical_memory());
}
