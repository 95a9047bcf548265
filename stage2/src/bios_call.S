// Calls one BIOS service from long mode.
//
// long -> 16-bit compatibility -> 16-bit protected -> real -> the service -> long
//
// The BIOS finds the state that it left: its interrupt vectors, its interrupt flag, real mode with its own values in CR0,
// CR4 and EFER, and the PIC. The loader finds the state that it left: the stack, the callee-saved registers, its page
// tables, GDT, IDT and control registers. The page BIOS_CALL holds the data that both of them use.

.section .stage2.real, "ax"
.code64

// extern "sysv64" fn bios_call(vector: u64)
//
//   in        RDI = interrupt number; the frame holds the registers to call with
//   out       the frame holds the registers and flags that the service returned
//   clobbers  the caller-saved registers of the System V ABI
//
// Source: Intel SDM vol. 3A, "Switching Out of IA-32e Mode Operation", "Switching Back to Real-Address Mode".
.global bios_call
bios_call:
    push_callee_saved
    movq    %cr4, %rax
    pushq   %rax
    movq    %rsp, {SAVED_RSP}
    movl    (, %rdi, 4), %eax       // the interrupt vector table starts at address 0
    movl    %eax, {VECTOR}
    lidt    empty_idt_pointer64     // no gate is valid in the modes in between
    pushq   ${CODE16}
    pushq   $leave_long_mode
    lretq

.code16
leave_long_mode:
    movw    ${DATA16}, %ax          // real mode requires segments with a limit of 64 KiB
    movw    %ax, %ds
    movw    %ax, %es
    movw    %ax, %ss
    movl    %cr0, %eax
    andl    $~{CR0_PAGING}, %eax
    movl    %eax, %cr0
    movl    {BIOS_EFER}, %eax
    xorl    %edx, %edx
    movl    ${EFER}, %ecx
    wrmsr
    movl    {BIOS_CR4}, %eax
    movl    %eax, %cr4
    movl    {BIOS_CR0}, %eax
    movl    %eax, %cr0
    ljmpw   $0, $call_service

call_service:
    xorw    %ax, %ax
    movw    %ax, %ds
    movw    %ax, %ss
    lidtl   bios_idt_pointer
    movl    ${FRAME}, %esp          // interrupts are off while SP doesn't point to a stack
    popal
    popw    %es
    popw    %ds
    movl    ${REAL_STACK_TOP}, %esp // the whole register: some BIOSes use ESP in addresses
    sti                             // the flags that the service's IRET restores have IF = 1
    pushfw
    cli
    lcallw  *%cs:{VECTOR}           // the same as INT, whose operand would have to be patched
    cli

    pushfw
    popw    %cs:{FRAME_FLAGS}
    movl    ${FRAME_FLAGS}, %esp
    pushw   %ds
    pushw   %es
    pushal

// SeaBIOS disables A20 after a service that it runs in protected mode, if port 92h showed A20 as off before: for example
// if the keyboard controller has enabled it. The next read would then go to an address that is 1 MiB too low.
    xorw    %ax, %ax
    movw    %ax, %ds
    cld
    movl    ${REAL_STACK_TOP}, %esp
    call    a20_enable
    cli
    call    bios_registers_note     // the service may have changed them

// Return to long mode directly: PE and PG are set together.
    lgdtl   gdt_pointer             // the BIOS may have loaded its own GDT
    movl    ${CR4_LOADER}, %eax
    movl    %eax, %cr4
    movl    ${PML4}, %eax
    movl    %eax, %cr3
    movl    {LOADER_EFER}, %eax
    xorl    %edx, %edx
    movl    ${EFER}, %ecx
    wrmsr
    lidtl   empty_idt_pointer
    movl    ${CR0_LOADER}, %eax
    movl    %eax, %cr0
    ljmpl   ${CODE64}, $service_done

.code64
service_done:
    movw    ${DATA}, %ax
    movw    %ax, %ds
    movw    %ax, %es
    movw    %ax, %ss
    movq    {SAVED_RSP}, %rsp
    lidt    {IDT_POINTER}(%rip)
    popq    %rax
    movq    %rax, %cr4              // MCE may be set: there is a gate for machine checks again
    pushq   ${RFLAGS_CLEAR}
    popfq
    pop_callee_saved
    retq

// The interrupt vector table of real mode.
    .balign 4
bios_idt_pointer:
    .word   {IVT_SIZE} - 1
    .long   0
