//! A kernel without a note of requests: it gets the defaults.

#![no_std]
#![no_main]

use farjump_api::{BootInfo, BootInfoCell, KernelRequests};
use test_kernels::run;

/// No `entry_point!`: nothing but the symbol.
#[unsafe(no_mangle)]
extern "sysv64" fn _start(boot_info: *const BootInfo) -> ! {
    static BOOT_INFO: BootInfoCell = BootInfoCell::empty();
    // SAFETY: it is what the loader has passed in RDI, and this is the only call.
    let boot_info = unsafe { BOOT_INFO.init(boot_info) }.expect("the loader is of the same version");
    run(boot_info, &[("the_defaults_hold", the_defaults_hold)])
}

fn the_defaults_hold(boot_info: &'static BootInfo) {
    assert_eq!(boot_info.kernel.stack_size, u64::from(KernelRequests::DEFAULT.stack_size));
    assert_eq!(boot_info.physical_memory_offset, KernelRequests::DEFAULT.physical_memory());
    assert_eq!(boot_info.smbios_address(), None, "it wasn't requested");
}
