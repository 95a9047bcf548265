//! Requests: physical memory is mapped where the kernel requests it.

#![no_std]
#![no_main]

use farjump_api::{BootInfo, KernelRequests};
use test_kernels::{page_table, test_kernel};

const PHYSICAL_MEMORY: u64 = 0xFFFF_A000_4000_0000;

test_kernel!(
    requests = KernelRequests::DEFAULT.with_physical_memory_at(PHYSICAL_MEMORY),
    physical_memory_is_where_it_was_requested,
    the_default_place_is_empty,
);

fn physical_memory_is_where_it_was_requested(boot_info: &'static BootInfo) {
    assert_eq!(boot_info.physical_memory_offset, PHYSICAL_MEMORY);
    let mapping = page_table::find(boot_info, PHYSICAL_MEMORY).expect("it is mapped");
    assert_eq!(mapping.physical_address, 0);
}

fn the_default_place_is_empty(boot_info: &'static BootInfo) {
    assert_eq!(page_table::find(boot_info, KernelRequests::DEFAULT.physical_memory()), None);
}
