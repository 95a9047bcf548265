//! Runs the macros on the host's own registers: what was pushed comes back into the register that it came from.

#![cfg(target_arch = "x86_64")]

use core::arch::naked_asm;

/// RBX, RBP, R12, R13, R14, R15.
type CalleeSaved = [u64; 6];

/// Loads the six registers, pushes them, clears them, pops them, and stores what is in them then.
#[unsafe(naked)]
unsafe extern "sysv64" fn push_and_pop(values: &CalleeSaved, popped: &mut CalleeSaved) {
    naked_asm!(
        farjump_x86::register_macros!(),
        // The caller's own, by hand: this must work whatever the macros do.
        "pushq %rbx",
        "pushq %rbp",
        "pushq %r12",
        "pushq %r13",
        "pushq %r14",
        "pushq %r15",
        "movq {RBX}(%rdi), %rbx",
        "movq {RBP}(%rdi), %rbp",
        "movq {R12}(%rdi), %r12",
        "movq {R13}(%rdi), %r13",
        "movq {R14}(%rdi), %r14",
        "movq {R15}(%rdi), %r15",
        "movq %rsp, %rdx",
        "push_callee_saved",
        "xorl %ebx, %ebx",
        "xorl %ebp, %ebp",
        "xorl %r12d, %r12d",
        "xorl %r13d, %r13d",
        "xorl %r14d, %r14d",
        "xorl %r15d, %r15d",
        "pop_callee_saved",
        "subq %rsp, %rdx",
        "movq %rbx, {RBX}(%rsi)",
        "movq %rbp, {RBP}(%rsi)",
        "movq %r12, {R12}(%rsi)",
        "movq %r13, {R13}(%rsi)",
        "movq %r14, {R14}(%rsi)",
        "movq %r15, {R15}(%rsi)",
        "addq %rdx, %rsp",
        "popq %r15",
        "popq %r14",
        "popq %r13",
        "popq %r12",
        "popq %rbp",
        "popq %rbx",
        "retq",
        RBX = const 0,
        RBP = const size_of::<u64>(),
        R12 = const 2 * size_of::<u64>(),
        R13 = const 3 * size_of::<u64>(),
        R14 = const 4 * size_of::<u64>(),
        R15 = const 5 * size_of::<u64>(),
        options(att_syntax)
    )
}

#[test]
fn each_callee_saved_register_gets_its_own_value_back() {
    let values = [0x0B, 0x0E, 12, 13, 14, 15];
    let mut popped = [0; 6];
    // SAFETY: it writes to the array alone, and keeps what the ABI has it keep.
    unsafe { push_and_pop(&values, &mut popped) };
    assert_eq!(popped, values, "RBX, RBP, R12, R13, R14, R15 after push_callee_saved and pop_callee_saved");
}
