//! The red zone and the SSE registers of what interrupts interrupt: the loops in `src/red_zone.S` fill them,
//! and find nothing changed, whatever the handler does.

#![no_std]
#![no_main]

use core::fmt::Write as _;
use core::hint::black_box;
use core::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use farjump_api::BootInfo;
use farjump_kernel::arch::trap::{self, TrapFrame, TrapResult};
use farjump_kernel::{command_line, println, time};
use test_kernels::{fixed_text::FixedText, test_kernel};
use x86_64::registers::rflags::{self, RFlags};

test_kernel!(
    interrupts_raised_by_int_change_nothing,
    interrupts_of_a_fast_timer_change_nothing,
    a_handler_may_fault_in_an_interrupt,
    a_handler_copies_forwards_whatever_it_interrupts,
    a_handler_has_the_usual_mxcsr_and_leaves_the_interrupted_one,
);

/// A vector that no device has.
const SOFTWARE_VECTOR: u8 = 0x80;

/// Interrupts raised by INT, by default: a loop of a few instructions is interrupted at each of them thousands of times.
/// `interrupts=N` on the command line asks for others.
const INTERRUPTS: u64 = 100_000;

/// How often the timer ticks, in Hertz: half its clock, the most it can do.
const TICKS_PER_SECOND: u32 = 590_000;

/// Bytes below RSP that the System V ABI leaves to a function.
const RED_ZONE: usize = 128;

core::arch::global_asm!(
    include_str!("../red_zone.S"),
    options(att_syntax),
    RED_ZONE = const RED_ZONE,
    SOFTWARE_VECTOR = const SOFTWARE_VECTOR,
    DIRECTION_FLAG = const RFlags::DIRECTION_FLAG.bits(),
);

unsafe extern "sysv64" {
    /// Raises `count` interrupts by INT; returns the number of the first one that changed something, or 0.
    fn red_zone_by_int(count: u64) -> u64;
    /// Looks until `*ticks` has reached `end`; returns 0, or 1 if something has changed.
    fn red_zone_by_timer(ticks: *const AtomicU64, end: u64) -> u64;
    /// Raises an interrupt by INT while the direction flag is set; returns whether the flag was set after it, too.
    fn interrupt_downwards() -> bool;
}

static TICKED: AtomicU64 = AtomicU64::new(0);

/// Does what overwrites most: formatting in precompiled `core`, copies, floating point.
fn disturb(frame: &mut TrapFrame) -> TrapResult {
    let mut text = FixedText::<96>::new();
    let number = frame.rip as f64 * 1.5;
    // A text that is cut short does as well.
    let _ = write!(text, "{:#018x} {:?}", black_box(frame.rsp), black_box(number) > 0.0);
    black_box(&text);
    TrapResult::Handled
}

fn tick(frame: &mut TrapFrame) {
    let _resume = disturb(frame);
    TICKED.fetch_add(1, Ordering::Relaxed);
}

/// How many interrupts of each kind come.
fn wanted_interrupts(boot_info: &'static BootInfo) -> u64 {
    let number = command_line::value(boot_info.command_line.get(), "interrupts");
    number.map_or(INTERRUPTS, |number| number.parse().expect("`interrupts=` takes a number"))
}

fn interrupts_raised_by_int_change_nothing(boot_info: &'static BootInfo) {
    let interrupts = wanted_interrupts(boot_info);
    trap::set_handler(SOFTWARE_VECTOR, disturb);
    // SAFETY: the vector has a handler; the routine keeps what the ABI wants kept.
    let changed = unsafe { red_zone_by_int(interrupts) };
    assert_eq!(changed, 0, "that many interrupts before the end something was changed");
    assert_eq!(trap::count(SOFTWARE_VECTOR), interrupts);
}

fn interrupts_of_a_fast_timer_change_nothing(boot_info: &'static BootInfo) {
    time::on_tick(tick);
    time::set_rate(TICKS_PER_SECOND).expect("the timer can");
    // SAFETY: the handler counts in TICKED; the routine keeps what the ABI wants kept.
    let changed = unsafe { red_zone_by_timer(&TICKED, wanted_interrupts(boot_info)) };
    time::set_rate(1000).expect("the timer can");
    assert_eq!(changed, 0, "something was changed after {} ticks", TICKED.load(Ordering::Relaxed));
    println!("{} ticks", TICKED.load(Ordering::Relaxed));
}

/// A page fault has a stack of its own: it doesn't overwrite the interrupt's frame.
fn a_handler_may_fault_in_an_interrupt(_: &'static BootInfo) {
    fn fault(frame: &mut TrapFrame) -> TrapResult {
        x86_64::instructions::interrupts::int3();
        // SAFETY: raises an exception that has a handler.
        unsafe { core::arch::asm!("int 14") };
        disturb(frame)
    }
    trap::set_handler(3, disturb);
    trap::set_handler(14, disturb);
    trap::set_handler(SOFTWARE_VECTOR, fault);
    // SAFETY: as above.
    let changed = unsafe { red_zone_by_int(1000) };
    assert_eq!(changed, 0);
    assert_eq!((trap::count(3), trap::count(14)), (1000, 1000));
}

/// Compiled code relies on DF being clear, each copy of it; `memmove` sets it while it copies backwards, and an
/// interrupt may come there.
fn a_handler_copies_forwards_whatever_it_interrupts(_: &'static BootInfo) {
    static WAS_SET: AtomicBool = AtomicBool::new(false);
    trap::set_handler(SOFTWARE_VECTOR, |_| {
        let flags = rflags::read();
        // SAFETY: as the ABI wants it. A report that copies downwards would destroy itself.
        unsafe { core::arch::asm!("cld") };
        WAS_SET.store(flags.contains(RFlags::DIRECTION_FLAG), Ordering::Relaxed);
        TrapResult::Handled
    });
    // SAFETY: the vector has a handler; the routine leaves the flag clear.
    let is_set = unsafe { interrupt_downwards() };
    assert!(!WAS_SET.load(Ordering::Relaxed), "the handler was called with DF set: `trap.S` has to clear it");
    assert!(is_set, "DF is another after the interrupt than before");
}

/// What was interrupted may have unmasked SSE's exceptions, or round to zero: the handler has the ABI's MXCSR.
fn a_handler_has_the_usual_mxcsr_and_leaves_the_interrupted_one(_: &'static BootInfo) {
    /// Round towards zero, division by zero not masked.
    const UNUSUAL: u32 = 0x7D80;
    const USUAL: u32 = 0x1F80;
    static SEEN: AtomicU64 = AtomicU64::new(0);
    fn mxcsr() -> u32 {
        let mut value = 0;
        // SAFETY: writes the register to `value`.
        unsafe { core::arch::asm!("stmxcsr [{}]", in(reg) &raw mut value) };
        value
    }
    trap::set_handler(SOFTWARE_VECTOR, |_| {
        SEEN.store(mxcsr().into(), Ordering::Relaxed);
        TrapResult::Handled
    });
    let load = |value: u32| {
        // SAFETY: no arithmetic comes before the usual value is back.
        unsafe { core::arch::asm!("ldmxcsr [{}]", in(reg) &raw const value) };
    };
    load(UNUSUAL);
    // SAFETY: the vector has a handler.
    unsafe { core::arch::asm!("int {}", const SOFTWARE_VECTOR) };
    let after = mxcsr();
    load(USUAL);
    assert_eq!(SEEN.load(Ordering::Relaxed), u64::from(USUAL), "MXCSR in the handler");
    assert_eq!(after, UNUSUAL, "MXCSR after the interrupt");
}
