//! Interrupts: the timer's rate by the battery-backed clock, spurious ones, ones that nobody knows, and a handler
//! that puts another frame in the place of the one it gets.

#![no_std]
#![no_main]

use core::arch::asm;
use core::sync::atomic::{AtomicU64, Ordering};
use core::time::Duration;

use boot_protocol::BootInfo;
use kernel::arch::trap::{self, TrapFrame, Verdict};
use kernel::device::rtc;
use kernel::interrupts::{self, Irq};
use kernel::memory::pages::KernelPages;
use kernel::memory::{PAGE_SIZE, Protection};
use kernel::println;
use kernel::sync::IrqMutex;
use kernel::time::{self, Instant};
use test_kernels::test_kernel;

test_kernel!(
    ticks_and_clock_keep_time_with_the_rtc,
    the_clock_never_goes_back,
    a_wait_takes_as_long_as_it_says,
    spurious_interrupts_are_told_from_real_ones,
    a_line_that_nobody_handles_is_masked,
    a_vector_that_nobody_knows_is_counted,
    a_tick_can_put_another_frame_in_its_place,
);

/// How long the clocks are compared.
const SECONDS: u32 = 2;

/// Waits for the moment at which a second begins by the RTC.
fn wait_for_a_second() -> i64 {
    let second = || rtc::now().expect("the machine has an RTC").unix_seconds();
    let before = second();
    let mut tries = 0..5000;
    let changed = tries.any(|_| {
        time::sleep(Duration::from_millis(1));
        second() != before
    });
    assert!(changed, "the RTC stands still");
    before + 1
}

fn ticks_and_clock_keep_time_with_the_rtc(_: &'static BootInfo) {
    let began = wait_for_a_second();
    let (ticks, start) = (time::ticks(), Instant::now());
    while wait_for_a_second() < began + i64::from(SECONDS) {}
    let (ticks, elapsed) = (time::ticks() - ticks, start.elapsed());
    println!("{ticks} ticks and {} us in {SECONDS} s of the RTC", elapsed.as_micros());
    let whole = Duration::from_secs(SECONDS.into());
    let by_ticks = time::period() * u32::try_from(ticks).expect("not that many");
    assert!(by_ticks.abs_diff(whole) * 100 <= whole, "by ticks it was {by_ticks:?}");
    assert!(elapsed.abs_diff(whole) * 100 <= whole, "by the clock it was {elapsed:?}");
}

fn the_clock_never_goes_back(_: &'static BootInfo) {
    let mut previous = Instant::now();
    for _ in 0..100_000 {
        let now = Instant::now();
        assert!(now >= previous);
        previous = now;
    }
}

fn a_wait_takes_as_long_as_it_says(_: &'static BootInfo) {
    for (wait, name) in [(time::sleep as fn(Duration), "sleep"), (time::spin, "spin")] {
        let (start, asked) = (Instant::now(), Duration::from_millis(20));
        wait(asked);
        let taken = start.elapsed();
        assert!(taken >= asked, "{name} took {taken:?}");
        // The upper limit is for a hang: an emulator may stand still for a while.
        assert!(taken < asked * 50, "{name} took {taken:?}");
    }
    let start = Instant::now();
    assert!(!time::spin_until(Duration::from_millis(5), || false));
    assert!(start.elapsed() >= Duration::from_millis(5));
}

/// The lines on which a PIC reports what it can't tell. INT looks as such a report does: nothing is in service.
fn spurious_interrupts_are_told_from_real_ones(_: &'static BootInfo) {
    const FIRST: u8 = Irq::Parallel1.vector();
    const SECOND: u8 = Irq::Disk2.vector();
    let handled = |_: &mut TrapFrame| panic!("there was no interrupt");
    interrupts::set_handler(Irq::Parallel1, handled);
    interrupts::set_handler(Irq::Disk2, handled);
    for round in 1..=3 {
        // SAFETY: the vectors have handlers.
        unsafe { asm!("int {first}", "int {second}", first = const FIRST, second = const SECOND) };
        for irq in [Irq::Parallel1, Irq::Disk2] {
            let status = interrupts::status(irq);
            assert_eq!((status.count, status.spurious), (0, round), "{irq}");
        }
    }
    assert_ticks_come();
}

fn a_line_that_nobody_handles_is_masked(_: &'static BootInfo) {
    interrupts::unmask(Irq::Free10);
    assert!(interrupts::status(Irq::Free10).is_unmasked);
    // SAFETY: the vector has a handler.
    unsafe { asm!("int {vector}", vector = const Irq::Free10.vector()) };
    let status = interrupts::status(Irq::Free10);
    assert_eq!((status.count, status.is_unmasked, status.has_handler), (1, false, false));
    assert_ticks_come();
}

fn a_vector_that_nobody_knows_is_counted(_: &'static BootInfo) {
    const VECTOR: u8 = 0xC5;
    // SAFETY: the gate is there, as all are.
    unsafe { asm!("int {vector}", vector = const VECTOR) };
    assert_eq!(trap::count(VECTOR), 1);
    assert_ticks_come();
}

fn assert_ticks_come() {
    let ticks = time::ticks();
    assert!(time::spin_until(Duration::from_secs(5), || time::ticks() > ticks + 2), "no tick comes any more");
}

/// Comes back to what the tick interrupted.
const BACK: u8 = 0x81;

static INTERRUPTED: IrqMutex<Option<TrapFrame>> = IrqMutex::new(None);
static STACK_TOP: AtomicU64 = AtomicU64::new(0);
static REACHED: AtomicU64 = AtomicU64::new(0);

fn a_tick_can_put_another_frame_in_its_place(_: &'static BootInfo) {
    let stack =
        KernelPages::new("test stack", 4 * PAGE_SIZE, Protection::ReadWrite).expect("there is memory");
    STACK_TOP.store(stack.range().end, Ordering::Relaxed);
    trap::set_handler(BACK, |frame| {
        *frame = INTERRUPTED.lock().expect("a tick has been here");
        Verdict::Resume
    });
    time::on_tick(|frame| {
        let mut interrupted = INTERRUPTED.lock();
        if interrupted.is_none() {
            *interrupted = Some(*frame);
            frame.rip = elsewhere as *const () as u64;
            // As after a call: the ABI wants RSP odd in its bit 3.
            frame.rsp = STACK_TOP.load(Ordering::Relaxed) - 8;
        }
    });
    let came_back = time::spin_until(Duration::from_secs(5), || REACHED.load(Ordering::Relaxed) > 0);
    assert!(came_back, "the other frame wasn't loaded");
    time::on_tick(|_| ());
}

extern "sysv64" fn elsewhere() -> ! {
    assert_ticks_come();
    REACHED.fetch_add(1, Ordering::Relaxed);
    // SAFETY: the handler loads the frame that the tick has kept.
    unsafe { asm!("int {back}", back = const BACK, options(noreturn)) };
}
