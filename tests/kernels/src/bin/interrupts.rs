//! Interrupts: the timer's rate by the battery-backed clock, spurious ones, unknown ones, and a handler
//! that replaces the frame that it gets.

#![no_std]
#![no_main]

use core::arch::asm;
use core::sync::atomic::{AtomicU64, Ordering};
use core::time::Duration;

use farjump_api::BootInfo;
use farjump_kernel::arch::trap::{self, TrapFrame, TrapResult};
use farjump_kernel::device::rtc;
use farjump_kernel::interrupts::{self, Irq};
use farjump_kernel::memory::pages::VirtualRegion;
use farjump_kernel::memory::{PAGE_SIZE, Protection};
use farjump_kernel::sync::IrqMutex;
use farjump_kernel::time::{self, Instant};
use farjump_kernel::{println, thread};
use test_kernels::test_kernel;
use x86_64::instructions::interrupts::without_interrupts;

test_kernel!(
    ticks_and_clock_keep_time_with_the_rtc,
    the_clock_never_goes_back,
    a_wait_takes_as_long_as_it_says,
    spurious_interrupts_are_told_from_real_ones,
    a_line_without_a_handler_is_masked,
    a_pending_interrupt_without_a_handler_blocks_no_other,
    a_spurious_interrupt_leaves_neither_8259_in_service,
    a_vector_without_a_handler_is_counted,
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
        thread::sleep_for(Duration::from_millis(1));
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
    for (wait, name) in [(thread::sleep_for as fn(Duration), "sleep"), (time::spin, "spin")] {
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
    const SECOND: u8 = Irq::SecondaryAta.vector();
    let handled = |_: &mut TrapFrame| panic!("there was no interrupt");
    interrupts::set_handler(Irq::Parallel1, handled);
    interrupts::set_handler(Irq::SecondaryAta, handled);
    for round in 1..=3 {
        // SAFETY: the vectors have handlers.
        unsafe { asm!("int {first}", "int {second}", first = const FIRST, second = const SECOND) };
        for irq in [Irq::Parallel1, Irq::SecondaryAta] {
            let status = interrupts::status(irq);
            assert_eq!((status.count, status.spurious), (0, round), "{irq}");
        }
    }
    assert_ticks_come();
}

fn a_line_without_a_handler_is_masked(_: &'static BootInfo) {
    interrupts::unmask(Irq::Irq10);
    assert!(interrupts::status(Irq::Irq10).is_unmasked);
    // SAFETY: the vector has a handler.
    unsafe { asm!("int {vector}", vector = const Irq::Irq10.vector()) };
    let status = interrupts::status(Irq::Irq10);
    assert_eq!((status.count, status.is_unmasked, status.has_handler), (1, false, false));
    assert_ticks_come();
}

/// Interrupts of the RTC that [`take_rtc`] took.
static RTC_TAKEN: AtomicU64 = AtomicU64::new(0);

fn take_rtc(_: &mut TrapFrame) {
    rtc_interrupts::acknowledge();
    RTC_TAKEN.fetch_add(1, Ordering::Relaxed);
}

/// Whether the RTC's interrupts come to their handler.
fn rtc_comes() -> bool {
    let before = RTC_TAKEN.load(Ordering::Relaxed);
    interrupts::set_handler(Irq::Rtc, take_rtc);
    rtc_interrupts::acknowledge();
    interrupts::unmask(Irq::Rtc);
    let comes = time::spin_until(Duration::from_secs(5), || RTC_TAKEN.load(Ordering::Relaxed) > before + 2);
    interrupts::mask(Irq::Rtc);
    comes
}

/// A device's interrupt is in service, as one that INT raises isn't: without its end nothing below it comes any more.
fn a_pending_interrupt_without_a_handler_blocks_no_other(_: &'static BootInfo) {
    rtc_interrupts::switch(true);
    interrupts::unmask(Irq::Rtc);
    let came = time::spin_until(Duration::from_secs(5), || interrupts::status(Irq::Rtc).count > 0);
    assert!(came, "the RTC doesn't interrupt");
    let status = interrupts::status(Irq::Rtc);
    assert_eq!((status.count, status.is_unmasked, status.has_handler), (1, false, false));
    assert!(rtc_comes(), "no end of interrupt was sent for a line without a handler: it is blocked");
    rtc_interrupts::switch(false);
    assert_ticks_come();
}

/// The second 8259's line goes away before the CPU has asked which one it was. The first one has its cascade in service.
fn a_spurious_interrupt_leaves_neither_8259_in_service(_: &'static BootInfo) {
    if !interrupts::controller_name().contains("8259") {
        return;
    }
    let before = interrupts::status(Irq::SecondaryAta);
    rtc_interrupts::switch(true);
    let requested = without_interrupts(|| {
        interrupts::unmask(Irq::Rtc);
        let requested = time::spin_until(Duration::from_secs(5), || pic::requested()[0] & pic::CASCADE != 0);
        interrupts::mask(Irq::Rtc);
        requested
    });
    assert!(requested, "the RTC doesn't interrupt");
    let came = time::spin_until(Duration::from_secs(5), || {
        interrupts::status(Irq::SecondaryAta).spurious > before.spurious
    });
    assert!(came, "no spurious interrupt came");
    assert_eq!(interrupts::status(Irq::SecondaryAta).count, before.count, "it was taken for a real one");
    let in_service = without_interrupts(pic::in_service);
    assert_eq!(in_service, [0, 0], "in service at the 8259s after a spurious IRQ 15: an end is missing");
    assert!(rtc_comes(), "no line of the second 8259 comes any more");
    rtc_interrupts::switch(false);
    assert_ticks_come();
}

/// The RTC's periodic interrupt: 1024 a second, as the BIOS sets its rate.
///
/// Source: Motorola MC146818A, "Register B", "Register C".
mod rtc_interrupts {
    use x86_64::instructions::interrupts::without_interrupts;
    use x86_64::instructions::port::Port;

    const STATUS_B: u8 = 0x0B;
    const STATUS_C: u8 = 0x0C;
    const PERIODIC: u8 = 1 << 6;

    /// The register is selected, then `access` has its port.
    fn with_register<T>(register: u8, access: impl FnOnce(&mut Port<u8>) -> T) -> T {
        without_interrupts(|| {
            // SAFETY: selects a register.
            unsafe { Port::new(0x70).write(register) };
            access(&mut Port::new(0x71))
        })
    }

    /// Without it, none comes after the first.
    pub(super) fn acknowledge() {
        // SAFETY: reading it takes the interrupts that wait.
        let _causes = with_register(STATUS_C, |port| unsafe { port.read() });
    }

    pub(super) fn switch(on: bool) {
        with_register(STATUS_B, |port| {
            // SAFETY: reading changes nothing.
            let value = unsafe { port.read() } & !PERIODIC;
            // SAFETY: the interrupt has a gate.
            unsafe { port.write(if on { value | PERIODIC } else { value }) };
        });
        acknowledge();
    }
}

/// The 8259s' registers. The kernel's driver selects anew which one it reads.
///
/// Source: Intel 8259A, "Operation Control Word 3".
mod pic {
    use x86_64::instructions::port::Port;

    /// The first one's line to which the second is connected.
    pub(super) const CASCADE: u8 = 1 << 2;

    fn read(select: u8) -> [u8; 2] {
        [0x20, 0xA0].map(|command| {
            let mut port = Port::<u8>::new(command);
            // SAFETY: selects the register for the next read.
            unsafe { port.write(select) };
            // SAFETY: reading changes nothing.
            unsafe { port.read() }
        })
    }

    pub(super) fn requested() -> [u8; 2] {
        read(0x0A)
    }

    pub(super) fn in_service() -> [u8; 2] {
        read(0x0B)
    }
}

fn a_vector_without_a_handler_is_counted(_: &'static BootInfo) {
    const VECTOR: u8 = 0xC5;
    // SAFETY: the gate is there, as all are.
    unsafe { asm!("int {vector}", vector = const VECTOR) };
    assert_eq!(trap::count(VECTOR), 1);
    assert_ticks_come();
}

#[track_caller]
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
        VirtualRegion::new("test stack", 4 * PAGE_SIZE, Protection::ReadWrite).expect("there is memory");
    STACK_TOP.store(stack.range().end, Ordering::Relaxed);
    trap::set_handler(BACK, |frame| {
        *frame = INTERRUPTED.lock().expect("a tick has been here");
        TrapResult::Handled
    });
    time::on_tick(|frame| {
        let mut interrupted = INTERRUPTED.lock();
        if interrupted.is_none() {
            *interrupted = Some(*frame);
            frame.rip = elsewhere as *const () as u64;
            // As after a call: the ABI requires bit 3 of RSP to be set.
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
