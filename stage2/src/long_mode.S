// From 32-bit protected mode to Rust in long mode.
//
//   in        EBP = drive, IF = 0, flat segments in the GDT, the CPU has long mode
//   out       RDI = drive, the first 4 GiB identity-mapped, SSE on, .bss zero, RSP = LOADER_STACK_TOP; CR0, CR4, EFER and
//             RFLAGS hold the loader's values, with no bits from the BIOS
//   next      stage2_main, which doesn't return
//
// Source: Intel SDM vol. 3A, "Initializing IA-32e Mode"; "Enabling SSE", vol. 1, "Checking for SSE Support".

.section .stage2.real, "ax"
.code32
protected_mode_entry:
    movw    ${DATA}, %ax
    movw    %ax, %ds
    movw    %ax, %es
    movw    %ax, %ss
    movl    ${REAL_STACK_TOP}, %esp
    call    print_protected_mode

// PML4[0] -> PDPT[0..4] -> four page directories of 512 pages of 2 MiB.
    xorl    %edx, %edx              // the upper half of every entry
    movl    ${PML4}, %edi
    xorl    %eax, %eax
    movl    $({PAGE_DIRECTORIES} - {PML4}) / {HALF_ENTRY}, %ecx
    rep stosl
    movl    ${PDPT} + {TABLE_FLAGS}, {PML4}
    movl    ${PDPT}, %edi
    movl    ${PAGE_DIRECTORIES} + {TABLE_FLAGS}, %eax
    movl    ${PAGE_DIRECTORY_COUNT}, %ecx
1:  movl    %eax, (%edi)
    addl    ${PAGE_SIZE}, %eax
    addl    $2 * {HALF_ENTRY}, %edi
    loop    1b
    movl    ${PAGE_DIRECTORIES}, %edi
    movl    ${LARGE_PAGE_FLAGS}, %eax
    movl    ${PAGE_DIRECTORY_COUNT} * {PAGE_SIZE} / (2 * {HALF_ENTRY}), %ecx
2:  movl    %eax, (%edi)
    movl    %edx, {HALF_ENTRY}(%edi)
    addl    ${LARGE_PAGE_SIZE}, %eax
    addl    $2 * {HALF_ENTRY}, %edi
    loop    2b

    movl    ${PML4}, %eax
    movl    %eax, %cr3
    movl    ${CR4_LOADER}, %eax
    movl    %eax, %cr4

    movl    ${CPUID_EXTENDED_FEATURES}, %eax
    cpuid
    movl    ${EFER_LONG_MODE}, %eax
    testl   ${CPUID_NO_EXECUTE}, %edx
    jz      3f
    orl     ${EFER_NO_EXECUTE}, %eax
3:  movl    %eax, {LOADER_EFER}
    xorl    %edx, %edx
    movl    ${EFER}, %ecx
    wrmsr

    movl    ${CR0_LOADER}, %eax
    movl    %eax, %cr0
    ljmpl   ${CODE64}, $long_mode_entry

// Prints "Entered protected mode ..." on the serial port and in the screen row of the BIOS's cursor, then moves the cursor
// to column 0 of the next row. That row may be below the screen; Rust scrolls in this case. If there is no screen
// (console.S), the cursor stays: a BIOS with console redirection would send a line feed after it.
//
//   clobbers  EAX, EBX, ECX, EDX, ESI, EDI
//
// Source: RBIL MEM 0040h:0049h (video mode), 004Ah (columns), 0050h (cursor).
print_protected_mode:
    movzbl  {BDA_CURSOR_ROW}, %eax
    movzwl  {BDA_COLUMNS}, %ebx
    mull    %ebx
    movl    ${VGA_COLOR_TEXT}, %edi
    cmpb    ${VIDEO_MODE_MONOCHROME}, {BDA_VIDEO_MODE}
    jne     1f
    movl    ${VGA_MONOCHROME_TEXT}, %edi
1:  leal    (%edi, %eax, 2), %edi
    movb    {VIDEO_VECTOR_PAGE}, %bl
    subb    ${VIDEO_ROM_FIRST_PAGE}, %bl
    cmpb    ${VIDEO_ROM_PAGES}, %bl
    sbbl    %ebx, %ebx              // zero: no screen
    movl    $protected_mode_text, %esi
2:  movl    ${UART_POLLS}, %ecx
    movl    ${UART_LINE_STATUS}, %edx
3:  inb     %dx, %al
    testb   ${UART_TRANSMITTER_EMPTY}, %al
    loopz   3b
    lodsb
    movw    ${UART_DATA}, %dx
    outb    %al, %dx
    cmpb    ${LINE_FEED}, %al
    je      4f
    cmpb    ${CARRIAGE_RETURN}, %al
    je      2b
    testl   %ebx, %ebx
    jz      2b
    movb    ${VGA_LIGHT_GREY}, %ah
    stosw
    jmp     2b
4:  testl   %ebx, %ebx
    jz      5f
    movb    $0, {BDA_CURSOR_COLUMN}
    incb    {BDA_CURSOR_ROW}
5:  ret

protected_mode_text: .ascii "Entered protected mode ...\r\n"

.code64
long_mode_entry:
    movw    ${DATA}, %ax
    movw    %ax, %ds
    movw    %ax, %es
    movw    %ax, %ss
    movl    ${LOADER_STACK_TOP}, %esp
    pushq   ${RFLAGS_CLEAR}         // NT or AC may be set
    popfq
    rdtsc
    movl    %eax, {EARLY_LONG_MODE_TSC}
    movl    %edx, {EARLY_LONG_MODE_TSC} + 4
    movl    $__bss_start, %edi
    movl    $__bss_quads, %ecx
    xorl    %eax, %eax
    rep stosq
    movzbl  %bpl, %edi
    xorl    %ebp, %ebp              // the outermost frame
    call    {stage2_main}
    ud2
