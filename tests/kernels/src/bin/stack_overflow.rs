//! A stack overflow, of the boot stack or of an interrupt's: the guard page catches it, and it is reported as
//! one.

#![no_std]
#![no_main]

use core::hint::black_box;

use farjump_api::BootInfo;
use farjump_kernel::arch::trap::{self, TrapFrame, TrapResult};
use farjump_kernel::command_line;
use test_kernels::test_kernel;

test_kernel!(ends, overflows_its_stack);

/// A vector that no device has.
const VECTOR: u8 = 0x80;

fn overflows_its_stack(boot_info: &'static BootInfo) {
    log::info!("this line was logged before");
    if command_line::has_word(boot_info.command_line.get(), "in-handler") {
        trap::set_handler(VECTOR, handler);
        // SAFETY: the vector has a handler.
        unsafe { core::arch::asm!("int {vector}", vector = const VECTOR) };
    }
    black_box(recurse(black_box(0)));
}

fn handler(_: &mut TrapFrame) -> TrapResult {
    black_box(recurse(black_box(0)));
    TrapResult::Handled
}

#[inline(never)]
fn recurse(depth: u64) -> u64 {
    let frame = black_box([depth; 64]);
    if depth == u64::MAX { 0 } else { black_box(recurse(depth + 1)) + frame[0] }
}
