//! An x87 error that isn't masked: an exception of its own, and no interrupt of a PC/AT's coprocessor, which is masked.

#![no_std]
#![no_main]

use farjump_api::BootInfo;
use test_kernels::test_kernel;

test_kernel!(ends, divides_zero_by_zero);

/// The x87's control word after FNINIT, with invalid operations unmasked.
const INVALID_UNMASKED: u16 = 0x0340;

/// The error is reported by the next x87 instruction that waits.
fn divides_zero_by_zero(_: &'static BootInfo) {
    let control_word = INVALID_UNMASKED;
    // SAFETY: the x87's registers are declared as changed, and no code pops its stack.
    unsafe {
        core::arch::asm!(
            "fninit", "fldcw [{}]", "fldz", "fldz", "fdivp", "fwait",
            in(reg) &raw const control_word,
            out("st(0)") _, out("st(1)") _, out("st(2)") _, out("st(3)") _,
            out("st(4)") _, out("st(5)") _, out("st(6)") _, out("st(7)") _,
            options(nostack, readonly),
        );
    }
    panic!("0 / 0 went by without an exception");
}
