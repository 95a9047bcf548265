// Checks for a 64-bit CPU with the features that the loader's code and a kernel's interrupt handlers use. Doesn't return
// if one of them is missing.
//
//   in        real mode
//   clobbers  EAX, EBX, ECX, EDX, SI, flags
//
// Source: Intel SDM vol. 2A, "CPUID", "EFLAGS.ID"; leaf 8000_0001h.

.section .stage2.real, "ax"
.code16
cpu_check:
    pushfl                          // CPUID is supported if EFLAGS.ID can be changed
    popl    %eax
    movl    %eax, %ecx
    xorl    ${EFLAGS_ID}, %eax
    pushl   %eax
    popfl
    pushfl
    popl    %eax
    xorl    %ecx, %eax
    testl   ${EFLAGS_ID}, %eax
    movw    $no_cpuid_text, %si
    jz      stage2_fail

    movl    ${CPUID_HIGHEST_EXTENDED}, %eax
    cpuid
    cmpl    ${CPUID_EXTENDED_FEATURES}, %eax
    movw    $no_long_mode_text, %si
    jb      stage2_fail
    movl    ${CPUID_EXTENDED_FEATURES}, %eax
    cpuid
    testl   ${CPUID_LONG_MODE}, %edx
    movw    $no_long_mode_text, %si
    jz      stage2_fail

    movl    ${CPUID_FEATURES}, %eax
    cpuid
    andl    ${CPUID_FXSR} | {CPUID_SSE2}, %edx
    cmpl    ${CPUID_FXSR} | {CPUID_SSE2}, %edx
    movw    $no_sse2_text, %si
    jne     stage2_fail
    ret

no_cpuid_text:      .ascii "stage2: CPU: it has no CPUID instruction; farjump needs a 64-bit CPU\r\n"
no_long_mode_text:  .ascii "stage2: CPU: it has no long mode; farjump needs a 64-bit CPU (QEMU: -cpu qemu64)\r\n"
no_sse2_text:       .ascii "stage2: CPU: it has no SSE2 or no FXSAVE; farjump needs both (QEMU: -cpu qemu64)\r\n"

.code64
