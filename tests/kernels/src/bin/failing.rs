//! A test that fails, between one that passes and two that then can't run: by a panic, or by an exception where the
//! command line says `exception`.

#![no_std]
#![no_main]

use farjump_api::BootInfo;
use farjump_kernel::command_line;
use test_kernels::test_kernel;

test_kernel!(this_one_passes, this_one_fails, this_one_is_not_run, nor_is_this_one);

fn this_one_passes(_: &'static BootInfo) {}

fn this_one_fails(boot_info: &'static BootInfo) {
    if command_line::has_word(boot_info.command_line.get(), "exception") {
        // SAFETY: raises the exception that invalid opcodes raise, which has no handler.
        unsafe { core::arch::asm!("ud2") };
    }
    panic!("this failure is wanted");
}

fn this_one_is_not_run(_: &'static BootInfo) {
    panic!("a test has been run after one that failed");
}

fn nor_is_this_one(_: &'static BootInfo) {}
