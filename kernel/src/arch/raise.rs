//! Fault injection: exceptions raised on purpose. A handler that returns resumes the caller.

use core::arch::asm;
use core::hint::black_box;

use farjump_api::SegmentFlags;
use x86_64::instructions::tables::{lidt, sidt};
use x86_64::structures::DescriptorTablePointer;

use farjump_x86::Exception;

/// An address in no page that can be.
const NON_CANONICAL: u64 = 0x8000_0000_0000_0000;

/// An address above the kernel's segments, where nothing is mapped.
const UNMAPPED: u64 = 0xFFFF_FFFF_0000_0000;

/// Bytes in a gate of the interrupt descriptor table.
const GATE_SIZE: u16 = 16;

/// A way to raise an exception.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Injection {
    /// The word to type.
    pub(crate) name: &'static str,
    /// What happens, and what it ends in.
    pub(crate) what: &'static str,
    /// Does it.
    pub(crate) raise: fn(),
}

/// All exceptions that software can raise.
pub(crate) const INJECTIONS: &[Injection] = &[
    Injection { name: "null", what: "read the null page: page fault", raise: || read(0) },
    Injection {
        name: "unmapped",
        what: "read where nothing is mapped: page fault",
        raise: || read(UNMAPPED),
    },
    Injection { name: "write-code", what: "write the kernel's code: page fault", raise: write_code },
    Injection { name: "execute-data", what: "jump to the stack: page fault", raise: execute_data },
    Injection { name: "stack-overflow", what: "recurse without an end: page fault", raise: overflow_stack },
    Injection {
        name: "non-canonical",
        what: "read what is no address: general protection",
        raise: || read(NON_CANONICAL),
    },
    Injection { name: "divide", what: "divide by zero: divide error", raise: divide_by_zero },
    Injection { name: "invalid-opcode", what: "execute UD2: invalid opcode", raise: invalid_opcode },
    Injection {
        name: "double-fault",
        what: "fault without a gate for it: double fault",
        raise: double_fault,
    },
    Injection { name: "breakpoint", what: "execute INT3: logged, and it returns", raise: breakpoint },
];

core::arch::global_asm!(
    ".section .text.raise, \"ax\"",
    ".code64",
    // INT n; RET; and a byte to make it four.
    ".global raise_int",
    "raise_int:",
    ".set vector, 0",
    ".rept {VECTORS}",
    "    .byte {INT}, vector",
    "    ret",
    "    nop",
    "    .set vector, vector + 1",
    ".endr",
    VECTORS = const VECTORS,
    INT = const INT_OPCODE,
);

/// The vectors that belong to exceptions.
const VECTORS: usize = 32;

/// The first byte of INT n.
///
/// Source: Intel SDM vol. 2A, "INT n/INTO/INT3/INT1".
const INT_OPCODE: u8 = 0xCD;

unsafe extern "C" {
    static raise_int: [[u8; 4]; VECTORS];
}

/// Raises an exception by INT: without an error code, whatever it is.
pub(crate) fn interrupt(exception: Exception) {
    let routine = (&raw const raise_int).cast::<[u8; 4]>().wrapping_add(exception.vector().into());
    // SAFETY: the routine of this vector, which changes no register; what the exception's handler does is the aim.
    unsafe { asm!("call {}", in(reg) routine) };
}

fn read(address: u64) {
    // SAFETY: nothing is there: the exception is the aim.
    unsafe { asm!("mov {0}, [{0}]", inout(reg) address => _) };
}

fn write_code() {
    let segments = crate::boot::info().map_or(&[][..], |boot_info| boot_info.kernel.segments.get());
    let code = segments.iter().find(|segment| segment.flags.contains(SegmentFlags::EXECUTE));
    let Some(code) = code else { return };
    // SAFETY: the code is read-only: the exception is the aim. Were it not, the byte would be what it was.
    unsafe { asm!("mov {1}, [{0}]", "mov [{0}], {1}", in(reg) code.virtual_address, out(reg_byte) _) };
}

fn execute_data() {
    /// RET: where pages can't be kept from being executed, it comes back.
    static CODE: u8 = 0xC3;
    let on_stack = black_box(CODE);
    // SAFETY: the stack can't be executed: the exception is the aim.
    unsafe { asm!("call {}", in(reg) &raw const on_stack) };
}

fn overflow_stack() {
    black_box(recurse(black_box(0)));
}

#[inline(never)]
fn recurse(depth: u64) -> u64 {
    let frame = black_box([depth; 64]);
    if depth == u64::MAX { 0 } else { black_box(recurse(depth + 1)) + frame[0] }
}

fn divide_by_zero() {
    // SAFETY: the exception is the aim.
    unsafe { asm!("div {}", in(reg) 0_u64, inout("rax") 1_u64 => _, inout("rdx") 0_u64 => _) };
}

fn invalid_opcode() {
    // SAFETY: the exception is the aim.
    unsafe { asm!("ud2") };
}

/// A general protection whose gate the table is too short for.
fn double_fault() {
    let limit = GATE_SIZE * (u16::from(Exception::DOUBLE_FAULT.vector()) + 1) - 1;
    let short = DescriptorTablePointer { limit, base: sidt().base };
    // SAFETY: the same table, up to the double fault's gate: what comes next is its end.
    unsafe { lidt(&short) };
    read(NON_CANONICAL);
}

fn breakpoint() {
    x86_64::instructions::interrupts::int3();
}
