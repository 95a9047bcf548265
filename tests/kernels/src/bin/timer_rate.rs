//! The command line's `timer=`: a rate that the timer has, or a warning and the usual one.

#![no_std]
#![no_main]

use core::time::Duration;

use farjump_api::BootInfo;
use farjump_kernel::{println, thread, time};
use test_kernels::test_kernel;

test_kernel!(ticks_come_at_the_rate_of_the_command_line);

fn ticks_come_at_the_rate_of_the_command_line(_: &'static BootInfo) {
    let period = time::period();
    println!("a tick every {} us", period.as_micros());
    let ticks = time::ticks();
    thread::sleep_for(period * 20);
    let came = time::ticks() - ticks;
    assert!((19..=21).contains(&came), "{came} ticks in the time of 20");
    assert!(period < Duration::from_secs(1));
}
