// Traps: from the gate of an exception or interrupt to Rust, and back to what it interrupted.

.section .text.traps, "ax"
.code64

// One stub a vector, each STUB_SIZE bytes, so that stub N is at trap_stubs + N * STUB_SIZE.
//
//   in        as the CPU enters a gate, on a stack of the interrupt stack table
//   out       the vector is on the stack
//   next      trap_entry
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
    push_registers                  // as in `Registers` of x86-exceptions
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
    pop_registers
    addq    ${VECTOR_AND_ERROR_CODE_SIZE}, %rsp
    iretq
