// Loops that keep all they have in the red zone and in the SSE registers, while interrupts come.

.section .text.red_zone, "ax"
.code64

// Fills the red zone, a quadword at a time, with RAX plus its index, and each XMM register with RAX.
.macro fill
    .set    offset, 8
    .rept   {RED_ZONE} / 8
    leaq    offset(%rax), %rdx
    movq    %rdx, -offset(%rsp)
    .set    offset, offset + 8
    .endr
    .irp    number, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
    leaq    \number(%rax), %rdx
    movq    %rdx, %xmm\number
    punpcklqdq %xmm\number, %xmm\number
    .endr
.endm

// Jumps to `changed` if any of it is another now.
.macro check changed
    .set    offset, 8
    .rept   {RED_ZONE} / 8
    leaq    offset(%rax), %rdx
    cmpq    %rdx, -offset(%rsp)
    jne     \changed
    .set    offset, offset + 8
    .endr
    .irp    number, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
    leaq    \number(%rax), %rdx
    movq    %xmm\number, %rcx
    cmpq    %rdx, %rcx
    jne     \changed
    punpckhqdq %xmm\number, %xmm\number
    movq    %xmm\number, %rcx
    cmpq    %rdx, %rcx
    jne     \changed
    .endr
.endm

//   in        RDI = interrupts to raise
//   out       RAX = 0, or how many were left when something had changed
//   clobbers  RCX, RDX, RDI, XMM, flags
.global red_zone_by_int
red_zone_by_int:
    movq    %rdi, %rax
1:
    fill
    int     ${SOFTWARE_VECTOR}
    check   2f
    decq    %rax
    jnz     1b
2:
    retq

//   in        RDI = address of the count of ticks, RSI = where it ends; interrupts on
//   out       RAX = 0, or 1 if something had changed
//   clobbers  RCX, RDX, R8, XMM, flags
.global red_zone_by_timer
red_zone_by_timer:
    movq    %rsi, %rax
1:
    fill
    movl    $0, %r8d
2:
    incl    %r8d                    // time for an interrupt to come
    testb   %r8b, %r8b
    jnz     2b
    check   3f
    addq    $1, %rax
    cmpq    %rsi, (%rdi)
    jb      1b
    xorl    %eax, %eax
    retq
3:
    movl    $1, %eax
    retq

//   out       AL = 1 if DF was set after the interrupt as it was before, or 0; DF is clear
//   clobbers  RAX, flags
.global interrupt_downwards
interrupt_downwards:
    std
    int     ${SOFTWARE_VECTOR}
    pushfq
    cld
    popq    %rax
    testl   ${DIRECTION_FLAG}, %eax
    setnz   %al
    retq
