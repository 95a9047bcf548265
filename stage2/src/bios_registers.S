// The BIOS's control registers.
//
// Firmware may set bits in them that are wrong for the loader and a kernel: OSXSAVE announces AVX state that nothing
// saves; with LA57, the CPU would interpret a PML4 as a PML5. The loader therefore writes whole values of its own. It
// saves those of the BIOS here, and restores them for each BIOS service.

.section .stage2.real, "ax"
.code16

// Saves CR0, CR4 and EFER.
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
