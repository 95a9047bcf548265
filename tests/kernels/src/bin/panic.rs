//! A panic: it is printed with its place, and the machine ends with a status of its own.

#![no_std]
#![no_main]

use farjump_api::BootInfo;
use test_kernels::test_kernel;

test_kernel!(ends, panics_with_a_message);

fn panics_with_a_message(boot_info: &'static BootInfo) {
    let regions = boot_info.memory_map.get().len();
    assert!(regions == 0, "this panic is wanted");
}
