// Traps: from the gate of an exception or interrupt to Rust, and back to what it interrupted.

.section .text.traps, "ax"
.code64

// One stub a vector, each STUB_SIZE bytes, so that stub N is at trap_stubs + N * STUB_SIZE.
    .balign {STUB_SIZE}
.global trap_stubs
trap_stubs:
.set vector, 0
.rept {VECTORS}
    .balign {STUB_SIZE}
    pushq   $vector
    jmp     trap_entry
    .set vector, vector + 1
.endr

//   in        a stack of the interrupt stack table: vector, error code if the CPU pushed one, RIP, CS, RFLAGS,
//             RSP, SS; interrupts off
//   out       all as it was, but for what the handler changed in the frame
//   next      trap_handler(RDI = TrapFrame), then what was interrupted
//
// The CPU aligns RSP to 16 bytes before it pushes five words, and then an error code for some exceptions,
// unless INT raised them: whether there is one, RSP's bit 3 tells. Without one, RSP is aligned again after
// the vector.
//
// Source: Intel SDM vol. 3A, "64-Bit Mode Stack Frame", "Error Code".
.global trap_entry
trap_entry:
    testb   ${WORD}, %spl
    jnz     1f
    pushq   (%rsp)                  // the vector moves down, and
    movq    $0, {WORD}(%rsp)        // leaves its place to an error code of zero
1:
    pushq   %r15
    pushq   %r14
    pushq   %r13
    pushq   %r12
    pushq   %r11
    pushq   %r10
    pushq   %r9
    pushq   %r8
    pushq   %rbp
    pushq   %rdi
    pushq   %rsi
    pushq   %rdx
    pushq   %rcx
    pushq   %rbx
    pushq   %rax
    cld
    subq    ${SSE_STATE_SIZE}, %rsp
    fxsave64 (%rsp)
    movq    %rsp, %rdi

    // Looks as if what was interrupted had made a call: a backtrace goes through.
    pushq   {FRAME_RIP}(%rsp)
    pushq   %rbp
    movq    %rsp, %rbp

    pushq   ${MXCSR_DEFAULT}        // the handler's arithmetic isn't the interrupted code's
    ldmxcsr (%rsp)
    addq    ${WORD}, %rsp
    call    {trap_handler}
    addq    ${CALL_LINK_SIZE}, %rsp

    fxrstor64 (%rsp)
    addq    ${SSE_STATE_SIZE}, %rsp
    popq    %rax
    popq    %rbx
    popq    %rcx
    popq    %rdx
    popq    %rsi
    popq    %rdi
    popq    %rbp
    popq    %r8
    popq    %r9
    popq    %r10
    popq    %r11
    popq    %r12
    popq    %r13
    popq    %r14
    popq    %r15
    addq    ${VECTOR_AND_ERROR_CODE_SIZE}, %rsp
    iretq
