//! All 32 exceptions, each by INT and, where software can, by its cause: the frame is whole, and what was
//! interrupted resumes.

#![no_std]
#![no_main]

use core::sync::atomic::{AtomicU64, Ordering};

use farjump_api::BootInfo;
use farjump_kernel::arch::trap::{self, TrapFrame, TrapResult};
use farjump_kernel::memory::PAGE_SIZE;
use test_kernels::raise::{Rip, check, expect};
use test_kernels::{page_table, raise, test_kernel};
use x86_64::VirtAddr;
use x86_64::instructions::interrupts::without_interrupts;
use x86_64::instructions::tables::{lgdt, lidt, sgdt, sidt};
use x86_64::registers::control::{Cr0, Cr0Flags, Cr2};
use x86_64::registers::rflags::RFlags;
use x86_64::structures::DescriptorTablePointer;
use x86_64::structures::gdt::DescriptorFlags;

test_kernel!(
    each_exception_by_int,
    exceptions_by_their_cause,
    page_faults_tell_what_was_tried_and_where,
    a_breakpoint_without_a_handler_returns,
    an_interrupt_without_a_handler_is_counted,
    traps_that_may_come_in_each_others_handlers_have_stacks_of_their_own,
    a_breakpoint_in_a_handler_leaves_its_frame_alone,
);

const NON_CANONICAL: u64 = 0x8000_0000_0000_0000;
const UNMAPPED: u64 = 0xFFFF_FFFF_0000_0000;
/// A vector without a handler.
const UNUSED_VECTOR: u8 = 200;

fn int<const VECTOR: u8>() {
    expect(VECTOR);
    raise!("int {vector}", rax = 0_u64, vector = const VECTOR);
    // INT pushes no error code, whatever the exception.
    check(VECTOR, 0, Rip::After);
}

macro_rules! ints {
    ($($vector:literal)+) => { [$(int::<$vector>),+] };
}

fn each_exception_by_int(_: &'static BootInfo) {
    let raise: [fn(); 32] =
        ints!(0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31);
    for (vector, raise) in (0..).zip(raise) {
        raise();
        assert_eq!(trap::count(vector), 1);
    }
}

fn exceptions_by_their_cause(_: &'static BootInfo) {
    expect(0);
    raise!("div rcx", rax = 1_u64);
    check(0, 0, Rip::AtCause);
    raise!(
        "pushfq; or qword ptr [rsp], {flag}; popfq; nop",
        rax = 0_u64,
        flag = const RFlags::TRAP_FLAG.bits()
    );
    check(1, 0, Rip::After);
    raise!("int3", rax = 0_u64);
    check(3, 0, Rip::After);
    raise!("ud2", rax = 0_u64);
    check(6, 0, Rip::AtCause);
    double_fault();
    segments_that_are_not_present();
    raise!("mov rax, [rax]", rax = NON_CANONICAL);
    check(13, 0, Rip::AtCause);
    x87_division_by_zero();
}

/// A general protection whose gate the table is too short for.
fn double_fault() {
    let whole = sidt();
    let short = DescriptorTablePointer { limit: 9 * 16 - 1, base: whole.base };
    // The timer's gate is cut off, too.
    without_interrupts(|| {
        // SAFETY: the same table, up to the double fault's gate.
        unsafe { lidt(&short) };
        raise!("mov rax, [rax]", rax = NON_CANONICAL);
        // SAFETY: as it was.
        unsafe { lidt(&whole) };
    });
    check(8, 0, Rip::AtCause);
}

/// The present GDT with one entry more, for a segment that isn't present.
fn segments_that_are_not_present() {
    const ABSENT: usize = 7;
    const SELECTOR: u64 = ABSENT as u64 * 8;
    let present = sgdt();
    let mut table = [0_u64; ABSENT + 1];
    let entries = (usize::from(present.limit) + 1) / 8;
    // SAFETY: as many entries as the CPU says.
    let current = unsafe { core::slice::from_raw_parts(present.base.as_ptr::<u64>(), entries) };
    table[..entries].copy_from_slice(current);
    table[ABSENT] = DescriptorFlags::KERNEL_DATA.difference(DescriptorFlags::PRESENT).bits();
    #[expect(clippy::cast_possible_truncation, reason = "64 bytes")]
    let limit = size_of_val(&table) as u16 - 1;
    let pointer = DescriptorTablePointer { limit, base: VirtAddr::from_ptr(table.as_ptr()) };
    // SAFETY: all segments in use are at their places, and the table lives until the other is back.
    unsafe { lgdt(&pointer) };
    raise!("mov fs, ax", rax = SELECTOR);
    check(11, SELECTOR, Rip::AtCause);
    raise!("mov ss, ax", rax = SELECTOR);
    check(12, SELECTOR, Rip::AtCause);
    // SAFETY: as it was.
    unsafe { lgdt(&present) };
}

fn x87_division_by_zero() {
    /// Control word: all exceptions masked but the division by zero.
    static UNMASKED: u16 = 0x037B;
    // SAFETY: has the CPU report x87 errors as exception 16, and not by a PIC.
    unsafe { Cr0::update(|cr0| cr0.insert(Cr0Flags::NUMERIC_ERROR)) };
    // SAFETY: nothing else here uses the x87.
    unsafe { core::arch::asm!("fninit", "fldcw [{}]", "fld1", "fldz", "fdivp", in(reg) &raw const UNMASKED) };
    raise!("fwait", rax = 0_u64);
    // SAFETY: clears the error, which the frame has brought back.
    unsafe { core::arch::asm!("fninit") };
    check(16, 0, Rip::AtCause);
}

fn page_faults_tell_what_was_tried_and_where(_: &'static BootInfo) {
    static CONSTANT: u64 = 1;
    let code = each_exception_by_int as *const () as u64;
    let constant = (&raw const CONSTANT).addr() as u64;
    let stack = (&raw const code).addr() as u64;
    expect(14);
    raise!("mov rax, [rax]", rax = 0_u64);
    check_page_fault(0, 0b0_0000, Rip::AtCause);
    raise!("mov [rax], rcx", rax = UNMAPPED);
    check_page_fault(UNMAPPED, 0b0_0010, Rip::AtCause);
    raise!("mov [rax], rcx", rax = code);
    check_page_fault(code, 0b0_0011, Rip::AtCause);
    raise!("mov [rax], rcx", rax = constant);
    check_page_fault(constant, 0b0_0011, Rip::AtCause);
    fetch(UNMAPPED, 0b1_0000);
    fetch(stack, 0b1_0001);
}

fn check_page_fault(address: u64, error_code: u64, rip: Rip) {
    assert_eq!(Cr2::read_raw(), address);
    check(14, error_code, rip);
}

/// Jumps to what can't be executed: RIP is the target, so the target stands in R13.
fn fetch(address: u64, error_code: u64) {
    raise!("mov r13, rax; jmp rax", rax = address);
    check_page_fault(address, error_code, Rip::AtCause);
}

fn a_breakpoint_without_a_handler_returns(_: &'static BootInfo) {
    trap::remove_handler(3);
    let before = trap::count(3);
    x86_64::instructions::interrupts::int3();
    assert_eq!(trap::count(3), before + 1);
}

fn an_interrupt_without_a_handler_is_counted(_: &'static BootInfo) {
    // SAFETY: nothing happens but that it is counted.
    unsafe { core::arch::asm!("int {}", const UNUSED_VECTOR) };
    assert_eq!(trap::count(UNUSED_VECTOR), 1);
}

/// Where the last frame was.
static FRAME: AtomicU64 = AtomicU64::new(0);

fn keep_place(frame: &mut TrapFrame) -> TrapResult {
    FRAME.store(core::ptr::from_ref(frame).addr() as u64, Ordering::Relaxed);
    TrapResult::Handled
}

/// Where the frame of a trap of `VECTOR` is, which INT raises.
fn place_of_frame<const VECTOR: u8>() -> u64 {
    trap::set_handler(VECTOR, keep_place);
    // SAFETY: the vector has a handler, which returns.
    unsafe { core::arch::asm!("int {}", const VECTOR) };
    trap::remove_handler(VECTOR);
    FRAME.load(Ordering::Relaxed)
}

fn traps_that_may_come_in_each_others_handlers_have_stacks_of_their_own(boot_info: &'static BootInfo) {
    let kinds = [
        ("non-maskable interrupts", place_of_frame::<2>()),
        ("breakpoints", place_of_frame::<3>()),
        ("double faults", place_of_frame::<8>()),
        ("page faults", place_of_frame::<14>()),
        ("machine checks", place_of_frame::<18>()),
        ("other exceptions", place_of_frame::<13>()),
        ("interrupts", place_of_frame::<0x80>()),
    ];
    for (index, (name, place)) in kinds.iter().enumerate() {
        // A frame is at its stack's top, and the stack has two pages.
        let guard_page = place - place % PAGE_SIZE - 2 * PAGE_SIZE;
        for (page, is_mapped) in [(guard_page, false), (guard_page + PAGE_SIZE, true)] {
            let found = page_table::find(boot_info, page).is_some();
            assert_eq!(found, is_mapped, "{name}: the page at {page:#x}, below their frame at {place:#x}");
        }
        for (other, other_place) in &kinds[..index] {
            assert!(place.abs_diff(*other_place) >= PAGE_SIZE, "{name} come on the stack of {other}");
        }
    }
    let (debug, breakpoint) = (place_of_frame::<1>(), place_of_frame::<3>());
    assert_eq!(debug, breakpoint, "debug exceptions come on the breakpoints' stack");
    for (vector, place) in [(0, place_of_frame::<0>()), (6, place_of_frame::<6>())] {
        assert_eq!(place, kinds[5].1, "exception {vector} comes on the exceptions' stack");
    }
}

/// As a debugger does it, with a breakpoint in an exception's handler.
fn a_breakpoint_in_a_handler_leaves_its_frame_alone(_: &'static BootInfo) {
    trap::set_handler(3, |breakpoint| {
        let (outer, inner) = (FRAME.load(Ordering::Relaxed), core::ptr::from_ref(breakpoint).addr() as u64);
        assert_ne!(inner, outer, "the breakpoint's frame is where the exception's was");
        TrapResult::Handled
    });
    trap::set_handler(6, |frame| {
        let before = *frame;
        let verdict = keep_place(frame);
        x86_64::instructions::interrupts::int3();
        assert!(*frame == before, "the breakpoint has overwritten the exception's frame");
        // After UD2.
        frame.rip += 2;
        verdict
    });
    let before = trap::count(3);
    // SAFETY: the handler resumes after it.
    unsafe { core::arch::asm!("ud2") };
    assert_eq!(trap::count(3), before + 1);
    trap::remove_handler(3);
    trap::remove_handler(6);
}
