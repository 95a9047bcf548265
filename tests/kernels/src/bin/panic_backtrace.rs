//! A panic's backtrace names the functions; a panic during one still ends.

#![no_std]
#![no_main]

use core::fmt;
use core::hint::black_box;

use farjump_api::BootInfo;
use farjump_kernel::command_line;
use test_kernels::test_kernel;

test_kernel!(ends, panics_deep_in_calls);

/// Can't be printed.
struct Treacherous;

impl fmt::Display for Treacherous {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        panic!("the message panics too");
    }
}

fn panics_deep_in_calls(boot_info: &'static BootInfo) {
    outer(command_line::has_word(boot_info.command_line.get(), "twice"));
}

#[inline(never)]
fn outer(twice: bool) {
    inner(black_box(twice));
    black_box(());
}

#[inline(never)]
fn inner(twice: bool) {
    if twice {
        panic!("{Treacherous}");
    }
    panic!("this panic is wanted");
}
