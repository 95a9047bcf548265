// The jump to the kernel.
//
// extern "sysv64" fn trampoline(boot_info, entry, stack_pointer, page_table) -> !
//
//   in        RDI = address of the BootInfo, RSI = entry, RDX = stack pointer, RCX = physical address of a PML4
//             that maps this page at its physical address; IF = 0
//   out       RDI kept; RSP = RDX, RBP = 0; all other general registers 0; FS = GS = 0; x87 initialised; all flags clear;
//             CR4 without MCE: there is no gate for a machine check until the kernel has an IDT
//   next      the kernel
//
// It is in .low, on the same page as the GDT, which the kernel uses until it loads its own.

.section .trampoline, "ax"
.code64
.global trampoline
trampoline:
    movq    %rcx, %cr3
    movq    %rdx, %rsp
    movl    $0, (%rsp)              // the return address of the outermost frame
    movl    $0, 4(%rsp)
    lidt    empty_idt_pointer64(%rip)
    movl    ${CR4_LOADER}, %eax
    movq    %rax, %cr4
    pushq   %rsi
    xorl    %eax, %eax
    xorl    %ebx, %ebx
    xorl    %ecx, %ecx
    xorl    %edx, %edx
    xorl    %esi, %esi
    xorl    %ebp, %ebp
    xorl    %r8d, %r8d
    xorl    %r9d, %r9d
    xorl    %r10d, %r10d
    xorl    %r11d, %r11d
    xorl    %r12d, %r12d
    xorl    %r13d, %r13d
    xorl    %r14d, %r14d
    xorl    %r15d, %r15d
    movw    %ax, %fs                // the BIOS may have left any value here
    movw    %ax, %gs
    fninit
    pushq   ${MXCSR_AT_RESET}
    ldmxcsr (%rsp)
    popq    %rax
    xorl    %eax, %eax
    pushq   ${RFLAGS_CLEAR}
    popfq
    retq                            // to the entry, which is on the stack

// An empty IDT: an exception before the kernel has loaded its own shuts the CPU down.
    .balign 8
empty_idt_pointer64:
    .word   0
    .quad   0
