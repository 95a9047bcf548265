// Control registers with bits that a kernel can't use, as firmware may leave them.

.section .shim, "ax"
.code16

// Sets bits in CR0, CR4, EFER, XCR0 and the flags, if the setting says so, and saves the control registers' new values.
//
//   in        real mode, DS = the body's segment
//   clobbers  EAX, ECX, EDX, flags; DL is kept
unusual_registers:
    cmpb    $0, settings + {UNUSUAL_REGISTERS}
    je      1f
    pushw   %dx
    movl    %cr4, %eax
    orl     ${UNUSUAL_CR4}, %eax
    movl    %eax, %cr4
    movl    %eax, unusual_cr4
    movl    ${XCR0}, %ecx
    movl    ${X87_SSE_AVX}, %eax
    xorl    %edx, %edx
    xsetbv
    movl    ${EFER}, %ecx
    rdmsr
    orl     ${UNUSUAL_EFER}, %eax
    wrmsr
    movl    %eax, unusual_efer
    movl    %cr0, %eax
    orl     ${UNUSUAL_CR0}, %eax
    movl    %eax, %cr0
    movl    %eax, unusual_cr0
    pushfl
    popl    %eax
    orl     ${UNUSUAL_FLAGS}, %eax
    pushl   %eax
    popfl
    popw    %dx
1:  ret

// Are the control registers as `unusual_registers` left them?
//
//   out       ZF = 1: they are, or the setting doesn't ask for it
//   clobbers  flags
check_registers:
    cmpb    $0, %cs:settings + {UNUSUAL_REGISTERS}
    je      1f
    pushal
    movl    %cr4, %eax
    cmpl    %cs:unusual_cr4, %eax
    jne     2f
    movl    %cr0, %eax
    cmpl    %cs:unusual_cr0, %eax
    jne     2f
    movl    ${EFER}, %ecx
    rdmsr
    cmpl    %cs:unusual_efer, %eax
2:  popal
1:  ret

    .balign 4
unusual_cr0:
    .long   0
unusual_cr4:
    .long   0
unusual_efer:
    .long   0

.code64
