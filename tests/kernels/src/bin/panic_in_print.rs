//! A panic while the console is held, with more to print after it.

#![no_std]
#![no_main]

use core::fmt;

use farjump_api::BootInfo;
use farjump_kernel::println;
use test_kernels::test_kernel;

test_kernel!(ends, panics_during_a_line);

struct Treacherous;

impl fmt::Display for Treacherous {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        println!("kept until the line is through");
        log::warn!("and so is this");
        panic!("this panic is wanted");
    }
}

fn panics_during_a_line(_: &'static BootInfo) {
    println!("begun {Treacherous}");
}
