//! What the kernel's own operations cost, for `cargo xtask bench kernel`: a line `bench: NAME INSTRUCTIONS` for each.
//!
//! Under `-icount shift=0` RDTSC counts instructions. Each operation runs [`REPETITIONS`] times in a loop, after a
//! few times that don't count; the cost of the loop itself, with nothing in it, is taken off.

#![no_std]
#![no_main]

extern crate alloc;

use core::alloc::Layout;
use core::hint::black_box;

use farjump_api::{BootInfo, entry_point};
use farjump_kernel::arch::trap::{self, TrapFrame, TrapResult};
use farjump_kernel::exit::{self, ExitCode};
use farjump_kernel::interrupts::Irq;
use farjump_kernel::memory::{Protection, frames, paging};
use farjump_kernel::thread::{self, Builder};
use farjump_kernel::{cpu, println};
use farjump_scheduler::PolicyKind;
use x86_64::VirtAddr;
use x86_64::instructions::interrupts;
use x86_64::structures::paging::{Page, Size4KiB};

entry_point!(main);

/// How often each operation is measured.
const REPETITIONS: u64 = 1000;

/// How often it runs before: first times allocate tables, and grow the heap.
const WARM_UP: u64 = 10;

/// A vector that no device has.
const VECTOR: u8 = 0x80;

/// In no area of the loader's or the kernel's.
const FREE_PAGE: u64 = 0xFFFF_C000_0020_0000;

fn main(boot_info: &'static BootInfo) -> ! {
    farjump_kernel::init(boot_info);
    interrupts::disable();
    trap::set_handler(VECTOR, resume);
    trap::set_handler(3, resume);
    let empty = total(|| ());
    let report =
        |name: &str, total: u64| println!("bench: {name} {}", total.saturating_sub(empty) / REPETITIONS);
    report("interrupt, empty handler", total(interrupt));
    report("breakpoint, empty handler", total(interrupts::int3));
    report("frame, allocate and free", total(allocate_frame));
    report("page, map and unmap", total(map_page()));
    report("heap, 16 bytes, allocate and free", total(allocate_on_heap::<16>));
    report("heap, 256 bytes, allocate and free", total(allocate_on_heap::<256>));
    report("heap, 4096 bytes, allocate and free", total(allocate_on_heap::<4096>));
    report("log line of a level that is off", total(log_nothing));
    report_switches(empty);
    println!("bench: done");
    exit::exit(ExitCode::Success)
}

/// The time of a context switch under each policy: two threads of one priority yield to each other.
fn report_switches(empty: u64) {
    // Ticks would be counted, too.
    farjump_kernel::interrupts::mask(Irq::Timer);
    interrupts::enable();
    thread::start_with_simulated_clock(thread::default_policy()).expect("there is memory for threads");
    let other = Builder::new("other").priority(0).spawn(|| {
        loop {
            thread::yield_now();
        }
    });
    other.expect("there is room for a thread");
    for kind in PolicyKind::ALL {
        thread::set_policy(thread::policy(kind.name()).expect("it is one of the six"));
        // There and back again.
        let switches = 2 * REPETITIONS;
        let cost = total(thread::yield_now).saturating_sub(empty) / switches;
        println!("bench: switch to another thread, {} {cost}", kind.name());
    }
}

/// Instructions of the loop around `operation`, which is part of it.
#[inline(never)]
fn total(mut operation: impl FnMut()) -> u64 {
    (0..WARM_UP).for_each(|_| operation());
    let start = cpu::time_stamp();
    for repetition in 0..REPETITIONS {
        operation();
        black_box(repetition);
    }
    cpu::time_stamp() - start
}

fn resume(_: &mut TrapFrame) -> TrapResult {
    TrapResult::Handled
}

fn interrupt() {
    // SAFETY: the vector has a handler, which does nothing.
    unsafe { core::arch::asm!("int {vector}", vector = const VECTOR) };
}

fn allocate_frame() {
    let frame = black_box(frames::allocate()).expect("a frame is free");
    // SAFETY: it isn't in use.
    unsafe { frames::free(frame) }.expect("it was just handed out");
}

/// Maps and unmaps one page, again and again, to the same frame.
fn map_page() -> impl FnMut() {
    let page = Page::<Size4KiB>::containing_address(VirtAddr::new(FREE_PAGE));
    let frame = frames::allocate().expect("a frame is free");
    move || {
        // SAFETY: page and frame aren't in use.
        unsafe { paging::map(page, frame, Protection::ReadWrite) }.expect("it is unmapped");
        // SAFETY: nothing refers to the page.
        unsafe { paging::unmap(page) }.expect("it is mapped");
    }
}

fn allocate_on_heap<const SIZE: usize>() {
    let layout = Layout::new::<[u8; SIZE]>();
    // SAFETY: the size isn't zero.
    let pointer = black_box(unsafe { alloc::alloc::alloc(layout) });
    assert!(!pointer.is_null(), "the heap has room");
    // SAFETY: allocated above with the same layout.
    unsafe { alloc::alloc::dealloc(pointer, layout) };
}

fn log_nothing() {
    log::debug!("{}", black_box(1));
}
