//! A serial line that is as slow as a real one, or stands still: `test=WHAT` on the command line. `cargo xtask test` is at
//! its other end.
//!
//! | test | the line |
//! |---|---|
//! | `speed` | takes 11,520 bytes a second |
//! | `pause` | stands still for a while |

#![no_std]
#![no_main]

use core::time::Duration;

use farjump_api::{BootInfo, entry_point};
use farjump_kernel::interrupts::{self, Irq};
use farjump_kernel::time::{self, Instant};
use farjump_kernel::{command_line, console, println, thread};
use test_kernels::run;
use x86_64::instructions::port::Port;

entry_point!(main);

fn main(boot_info: &'static BootInfo) -> ! {
    match command_line::value(boot_info.command_line.get(), "test") {
        Some("speed") => run(
            boot_info,
            &[
                ("the_fifo_is_on", the_fifo_is_on),
                ("ticks_keep_time_while_the_line_is_busy", ticks_keep_time_while_the_line_is_busy),
            ],
        ),
        Some("pause") => run(boot_info, &[("printing_outlives_a_pause", printing_outlives_a_pause)]),
        test => panic!("test={test:?} isn't known"),
    }
}

/// Source: PC16550D, "Interrupt Identification Register": bits 6 and 7 say that the FIFOs are on.
fn the_fifo_is_on(_: &'static BootInfo) {
    const FIFOS_ENABLED: u8 = 0b11 << 6;
    // SAFETY: reading it at most takes a transmitter's interrupt, and the next tick looks after that.
    let identification: u8 = unsafe { Port::new(0x3FA).read() };
    assert_eq!(identification & FIFOS_ENABLED, FIFOS_ENABLED, "port 3FAh is {identification:#x}");
}

/// Lines that are printed: three seconds of the line.
const LINES: u32 = 540;

/// Bytes of one, with its end.
const LINE_BYTES: u64 = 64;

/// Bytes a second. The writer is ahead by what queue and emulator hold.
const SPEED: u64 = 11_520;

fn ticks_keep_time_while_the_line_is_busy(_: &'static BootInfo) {
    println!();
    let interrupts = || interrupts::status(Irq::Timer).count;
    let (ticks, came, start) = (time::ticks(), interrupts(), Instant::now());
    for number in 0..LINES {
        println!("line {number:4} {:.<52}", "");
    }
    console::flush();
    let (elapsed, ticks, came) = (start.elapsed(), time::ticks() - ticks, interrupts() - came);
    let by_ticks = time::period() * u32::try_from(ticks).expect("not that many");
    println!("{} ms, {ticks} ticks, {came} interrupts", elapsed.as_millis());
    // A part of what was printed is in the emulator's own buffer.
    let least = Duration::from_millis(u64::from(LINES) * LINE_BYTES * 1000 / SPEED * 7 / 10);
    assert!(elapsed >= least, "the line is too fast to prove anything");
    assert!(by_ticks.abs_diff(elapsed) * 100 <= elapsed * 3, "by ticks it was {by_ticks:?}, of {elapsed:?}");
    assert!(
        u128::from(came) * time::period().as_nanos() * 3 >= elapsed.as_nanos(),
        "printing holds ticks back"
    );
}

/// How long it prints: the line stands still meanwhile, and moves again before the end.
const TALK: Duration = Duration::from_secs(6);

fn printing_outlives_a_pause(_: &'static BootInfo) {
    println!();
    let start = Instant::now();
    let mut number = 0;
    while start.elapsed() < TALK {
        println!("line {number:4} {:.<52}", "");
        number += 1;
        thread::sleep_for(Duration::from_millis(10));
    }
    assert!(number > 100, "only {number} lines in {TALK:?}: printing has waited for the line");
    println!("{number} lines");
}
