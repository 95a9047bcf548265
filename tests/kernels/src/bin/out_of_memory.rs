//! Out of memory in a function that can't return an error: `alloc::handle_alloc_error` panics with the size.

#![no_std]
#![no_main]

extern crate alloc;

use alloc::vec::Vec;
use core::hint::black_box;

use farjump_api::BootInfo;
use test_kernels::test_kernel;

test_kernel!(ends, asks_for_a_tebibyte);

fn asks_for_a_tebibyte(_: &'static BootInfo) {
    black_box(Vec::<u8>::with_capacity(1 << 40));
}
