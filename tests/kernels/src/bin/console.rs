//! The console, printed to from everywhere at once. `cargo xtask test` looks whether any line is torn.

#![no_std]
#![no_main]

use core::arch::asm;
use core::fmt;
use core::sync::atomic::{AtomicU32, Ordering};
use core::time::Duration;

use farjump_api::BootInfo;
use farjump_kernel::arch::trap::{self, TrapResult};
use farjump_kernel::{logger, println, time};
use log::LevelFilter;
use test_kernels::test_kernel;

test_kernel!(
    the_timer_logs_while_others_print,
    handlers_print_during_a_line,
    what_a_display_prints_comes_after_its_line,
    the_level_is_changed_at_run_time,
);

const TEXT: &str = "abcdefghijklmnopqrstuvwxyz";

/// Lines of the main program.
const LINES: u32 = 200;

/// Lines of the timer, at least.
const TICKS: u32 = 100;

static TICKED: AtomicU32 = AtomicU32::new(0);

fn the_timer_logs_while_others_print(_: &'static BootInfo) {
    println!();
    time::set_rate(10_000).expect("the timer can");
    time::on_tick(|_| {
        let number = TICKED.fetch_add(1, Ordering::Relaxed);
        log::info!("tick {number} {TEXT}");
    });
    for number in 0..LINES {
        println!("main {number} {TEXT}");
    }
    let enough = time::spin_until(Duration::from_secs(10), || TICKED.load(Ordering::Relaxed) >= TICKS);
    time::on_tick(|_| ());
    time::set_rate(1000).expect("the timer can");
    assert!(enough);
}

/// Prints only when a handler has printed.
struct Disturbed;

impl fmt::Display for Disturbed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // SAFETY: both have handlers, which return.
        unsafe { asm!("int3", "int 2") };
        f.write_str("a whole line")
    }
}

/// A breakpoint and a non-maskable interrupt while the console is held: their handlers must not wait for it.
fn handlers_print_during_a_line(_: &'static BootInfo) {
    trap::set_handler(3, |_| {
        log::info!("from a breakpoint");
        TrapResult::Handled
    });
    trap::set_handler(2, |_| {
        println!("from a non-maskable interrupt");
        TrapResult::Handled
    });
    println!("\n<{Disturbed}>");
    log::info!("<{Disturbed}>");
    assert_eq!((trap::count(2) >= 2, trap::count(3) >= 2), (true, true));
}

struct Talker;

impl fmt::Display for Talker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        println!("printed after it");
        // More than is kept: the rest is counted as lost.
        (0..200).for_each(|_| println!("{TEXT}"));
        f.write_str("said first")
    }
}

fn what_a_display_prints_comes_after_its_line(_: &'static BootInfo) {
    println!("\n{Talker}");
}

/// The row of `cargo xtask test` has the lines that must be seen, and those that must not.
fn the_level_is_changed_at_run_time(_: &'static BootInfo) {
    logger::set_level(LevelFilter::Error);
    log::warn!("this must not be seen");
    log::error!("this error must be seen");
    logger::set_level(LevelFilter::Trace);
    log::trace!("this must be seen");
    logger::set_level(LevelFilter::Info);
    log::debug!("this must not be seen either");
}
