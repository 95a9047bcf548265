// INT 15h in front of the BIOS's: A20 that isn't switched on, and other memory maps.
//
//   in        as INT 15h
//   out       as INT 15h

.section .shim, "ax"
.code16
int15:
    cmpw    ${ENABLE_A20}, %ax
    je      a20_service
    cmpl    ${QUERY_SYSTEM_ADDRESS_MAP}, %eax
    je      memory_map
    cmpw    ${GET_LARGE_MEMORY_SIZE}, %ax
    je      large_memory_size
    cmpb    ${GET_EXTENDED_MEMORY_SIZE}, %ah
    je      extended_memory_size
to_the_bios:
    ljmpw   *%cs:bios_int15

large_memory_size:
    cmpb    $0, %cs:settings + {NO_E801}
    je      to_the_bios
    jmp     not_supported
extended_memory_size:
    cmpb    $0, %cs:settings + {NO_88}
    je      to_the_bios
not_supported:
    movb    ${FUNCTION_NOT_SUPPORTED}, %ah
    stc
system_answered:
    sti
    lretw   $2

// Says what A20 is, and leaves it alone from now on.
a20_service:
    movb    $0, %cs:settings + {A20_OFF}
    pushaw
    pushw   %ds
    pushw   %es
    xorw    %ax, %ax
    movw    %ax, %ds
    movw    ${HIGHEST_SEGMENT}, %ax
    movw    %ax, %es
    movw    $a20_is_on_text, %si
    movw    {A20_PROBE}, %ax
    cmpw    %ax, %es:{A20_PROBE} + {HIGHEST_SEGMENT_WRAP}
    jne     1f
    notw    {A20_PROBE}
    cmpw    %ax, %es:{A20_PROBE} + {HIGHEST_SEGMENT_WRAP}
    notw    {A20_PROBE}             // leaves the flags alone
    je      1f                      // two words that were the same by chance
    movw    $a20_is_off_text, %si
1:  call    say
    popw    %es
    popw    %ds
    popaw
    cmpb    ${A20_SERVICE_FAILS}, %cs:settings + {A20_SERVICE}
    je      not_supported
    cmpb    ${A20_SERVICE_LIES}, %cs:settings + {A20_SERVICE}
    jne     to_the_bios
    xorb    %ah, %ah                // which clears carry, too
    jmp     system_answered

// Source: ACPI 6.5, "INT 15H, E820H - Query System Address Map". EBX is the number of the next entry.
memory_map:
    cmpb    ${E820_FAILS}, %cs:settings + {E820}
    je      not_supported
    cmpb    ${E820_ENTRIES}, %cs:settings + {E820}
    jne     to_the_bios
    cmpw    %bx, %cs:settings + {ENTRY_COUNT}
    jne     copy_entry
    cmpb    ${END_CARRY}, %cs:settings + {END}
    je      not_supported
    xorw    %bx, %bx
    cmpb    ${END_NO_SIGNATURE}, %cs:settings + {END}
    jne     copy_entry
    xorl    %eax, %eax              // which clears carry, too
    jmp     system_answered
copy_entry:
    pushw   %si
    pushw   %di
    movzbl  %cs:settings + {COPIED_ENTRY_SIZE}, %ecx
    pushw   %cx
    imulw   ${ENTRY_SIZE}, %bx, %si
    addw    $shim_start + {ENTRIES}, %si
    cld
    rep movsb %cs:(%si), %es:(%di)
    popw    %cx
    popw    %di
    popw    %si
    movl    ${SIGNATURE}, %eax
    incw    %bx
    cmpb    $0, %cs:settings + {END}
    jne     1f
    cmpw    %bx, %cs:settings + {ENTRY_COUNT}
    jne     1f
    xorw    %bx, %bx
1:  clc
    jmp     system_answered

a20_is_on_text:     .ascii "shim: A20 is on, and INT 15h AX=2401h is called\r\n"
a20_is_off_text:    .ascii "shim: A20 is off, and INT 15h AX=2401h is called\r\n"

    .org    shim_start + {ENTRIES}

.code64
