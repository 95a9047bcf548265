// The BIOS's control registers.
//
// Firmware leaves bits in them that the loader and a kernel can't do with: OSXSAVE promises AVX state that nothing saves,
// LA57 makes the CPU take a PML4 for a table of another level. So the loader writes whole values of its own, and notes
// those of the BIOS here: each BIOS service finds them again.

.section .stage2.real, "ax"
.code16

// Notes CR0, CR4 and EFER.
//
//   in        real mode, DS = 0, the CPU has EFER
//   clobbers  EAX, ECX, EDX
bios_registers_note:
    movl    %cr0, %eax
    movl    %eax, {BIOS_CR0}
    movl    %cr4, %eax
    movl    %eax, {BIOS_CR4}
    movl    ${EFER}, %ecx
    rdmsr
    movl    %eax, {BIOS_EFER}
    ret

.code64
