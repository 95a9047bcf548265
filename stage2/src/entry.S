// Stage 2 in real mode, up to protected mode.
//
//   in        real mode, segments 0, a stack, EBP = drive; stage 2 is whole (head.S)
//   out       EBP = drive; CPU checked, A20 on; STAGE2_TSC recorded
//   next      long_mode.S, in 32-bit protected mode
//
// All of this file, and everything else in .low, is below 64 KiB, where segment 0 reaches it.

.section .stage2.real, "ax"
.code16
stage2_real_mode:
    movw    $stage2_ok_text, %si
    call    console_print

    int     ${INT_BASE_MEMORY}
    cmpw    ${BASE_MEMORY_KIB}, %ax
    movw    $base_memory_text, %si
    jb      stage2_fail

    call    cpu_check
    rdtsc
    movl    %eax, {EARLY_STAGE2_TSC}
    movl    %edx, {EARLY_STAGE2_TSC} + 4

    call    a20_enable
    movw    $a20_text, %si
    call    console_print

    lgdtl   gdt_pointer             // `l`: all 32 bits of the base
    movw    $gdt_text, %si
    call    console_print

// Real mode to 32-bit protected mode. The IDT is empty: if an exception occurs before Rust has loaded its own IDT, the
// CPU shuts down instead of running an arbitrary handler.
//
// Source: Intel SDM vol. 3A, "Switching to Protected Mode".
    cli
    call    bios_registers_note
    lgdtl   gdt_pointer             // again: while printing, the BIOS may have loaded its own GDT
    lidtl   empty_idt_pointer
    movl    %cr0, %eax
    orl     ${CR0_PROTECTED_MODE}, %eax
    movl    %eax, %cr0
    ljmpl   ${CODE32}, $protected_mode_entry

stage2_ok_text:     .ascii "Stage2: OK\r\n"
a20_text:           .ascii "A20 Line: Enabled\r\n"
gdt_text:           .ascii "GDT: Loaded\r\n"
base_memory_text:   .ascii "stage2: memory: the BIOS leaves less than 512 KiB of base memory; farjump needs that much\r\n"

    .balign 4
gdt_pointer:
    .word   {GDT_SIZE} - 1
    .long   {GDT}
    .balign 4
empty_idt_pointer:
    .word   0
    .long   0

.code64
