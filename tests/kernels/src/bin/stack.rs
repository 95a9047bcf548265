//! The stack: its size is the one that was requested, all of it works, and below it is nothing.

#![no_std]
#![no_main]

use core::hint::black_box;

use farjump_api::{BootInfo, KernelRequests};
use test_kernels::{page_table, test_kernel};

const STACK_SIZE: u32 = 1 << 20;

test_kernel!(
    requests = KernelRequests { stack_size: STACK_SIZE, ..KernelRequests::DEFAULT },
    the_stack_has_the_size_that_was_requested,
    below_it_nothing_is_mapped,
    nearly_all_of_it_can_be_used,
);

fn the_stack_has_the_size_that_was_requested(boot_info: &'static BootInfo) {
    assert_eq!(boot_info.kernel.stack_size, u64::from(STACK_SIZE));
    let top = boot_info.kernel.stack_top;
    for page in (top - u64::from(STACK_SIZE)..top).step_by(4096) {
        let mapping = page_table::find(boot_info, page).expect("the stack is mapped");
        assert!(!mapping.is_writable_and_executable(), "{mapping:?}");
    }
}

fn below_it_nothing_is_mapped(boot_info: &'static BootInfo) {
    let bottom = boot_info.kernel.stack_top - boot_info.kernel.stack_size;
    assert_eq!(page_table::find(boot_info, bottom - 1), None);
    assert_eq!(page_table::find(boot_info, bottom - 4096), None);
}

fn nearly_all_of_it_can_be_used(boot_info: &'static BootInfo) {
    let bottom = boot_info.kernel.stack_top - boot_info.kernel.stack_size;
    let lowest = descend(bottom + 8192);
    assert!(lowest < bottom + 16384, "reached {lowest:#x} of {bottom:#x}");
}

/// Calls itself until its frame is near `limit`, and gives the lowest frame's address.
fn descend(limit: u64) -> u64 {
    let frame = black_box([0u8; 1024]);
    let here = frame.as_ptr().addr() as u64;
    if here < limit + 4096 { here } else { black_box(descend(limit)).min(here) }
}
