// From the firmware's GDT and control registers to the trampoline.
//
// extern "sysv64" fn leave_firmware(boot_info, entry, stack_pointer, page_table) -> !
//
//   in        as `trampoline`; R8 = the value of EFER; boot services have ended
//   out       as `trampoline` expects: CS, DS, ES and SS of the GDT below, CR0 and EFER with the loader's values
//   next      trampoline (stage2/src/handover.S)
//
// This is on the one page that the kernel's page tables map of the loader, and so is the GDT, which the kernel uses until
// it loads its own. The accessed bits are set: the page is read-only.

.section .trampoline, "ax"
.code64
.global leave_firmware
leave_firmware:
    cli
    cld
    leaq    gdt(%rip), %rax         // the pointer is made on the stack: here its address isn't known to the linker
    pushq   %rax
    pushw   $gdt_end - gdt - 1
    lgdt    (%rsp)
    leaq    1f(%rip), %rax
    pushq   ${CODE64}
    pushq   %rax
    lretq
1:  movw    ${DATA}, %ax
    movw    %ax, %ds
    movw    %ax, %es
    movw    %ax, %ss
    movq    %rdx, %r9
    movq    %rcx, %r10
    movl    ${EFER}, %ecx           // no-execute before the page tables that use it
    movl    %r8d, %eax
    xorl    %edx, %edx
    wrmsr
    movl    ${CR4_LOADER}, %eax     // without PCIDE: bits 0 to 11 of CR3 are flags
    movq    %rax, %cr4
    movl    ${CR0_LOADER}, %eax
    movq    %rax, %cr0
    movq    %r9, %rdx
    movq    %r10, %rcx
    jmp     trampoline

    .balign 8
gdt:
    .quad   0
    .quad   {CODE64_DESCRIPTOR}
    .quad   {DATA_DESCRIPTOR}
gdt_end:
