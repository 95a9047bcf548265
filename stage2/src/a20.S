// The A20 line. While it is off, bit 20 of every address is zero, so the second MiB is an alias of the first.
//
// There are several methods to enable it. Each is followed by a test, and the next is used only if the test fails.

.section .stage2.real, "ax"
.code16

// Enables A20. Doesn't return if all methods fail.
//
//   in        real mode, DS = 0
//   out       A20 on; IF as it was, or 1
//   clobbers  AX, CX, SI, ES, flags
//
// Source: RBIL INT 15/AX=2401h; IBM PC AT Technical Reference, "Keyboard Controller", commands ADh, AEh,
// D0h, D1h; RBIL PORT 0092h.
a20_enable:
    call    a20_is_on
    jnz     1f

    movw    ${ENABLE_A20}, %ax
    int     ${INT_SYSTEM}
    call    a20_becomes_on
    jnz     1f

    call    a20_by_8042
    call    a20_becomes_on
    jnz     1f

    inb     ${PORT_SYSTEM_CONTROL_A}, %al
    orb     ${SYSTEM_CONTROL_A20}, %al
    andb    $~{SYSTEM_CONTROL_RESET}, %al
    outb    %al, ${PORT_SYSTEM_CONTROL_A}
    call    a20_becomes_on
    jnz     1f

    movw    $a20_failed_text, %si
    jmp     stage2_fail
1:  ret

// Waits until A20 is on: on some boards, it takes a while.
//
//   out       ZF = 0: it is on; ZF = 1: it was off in 65,536 tests, each with a write to a slow port
//   clobbers  AX, CX, ES
a20_becomes_on:
    xorw    %cx, %cx
1:  call    a20_is_on
    jnz     2f
    outb    %al, ${PORT_DELAY}
    loop    1b
    xorw    %ax, %ax                // ZF = 1: LOOP doesn't change the flags
2:  ret

// Tests A20: writes two values to a word of low memory, and compares the word 1 MiB above with each of them.
//
//   out       ZF = 0: the words differ, A20 is on; ZF = 1: A20 is off
//   clobbers  AX, ES
a20_is_on:
    movw    ${HIGHEST_SEGMENT}, %ax
    movw    %ax, %es
    movw    {A20_PROBE}, %ax
    notw    %ax
    movw    %ax, {A20_PROBE}
    cmpw    %ax, %es:{A20_PROBE} + {HIGHEST_SEGMENT_WRAP}
    jne     1f
    notw    %ax
    movw    %ax, {A20_PROBE}
    cmpw    %ax, %es:{A20_PROBE} + {HIGHEST_SEGMENT_WRAP}
1:  ret

// Enables A20 by the keyboard controller: bit 1 of its output port is A20.
//
//   clobbers  AX, CX
a20_by_8042:
    cli
    movb    ${KBC_DISABLE_KEYBOARD}, %al
    call    kbc_command
    movw    ${KBC_MAX_PENDING}, %cx
1:  inb     ${PORT_KBC_DATA}, %al   // a pending key must not be mistaken for the reply below
    inb     ${PORT_KBC_STATUS}, %al
    testb   ${KBC_OUTPUT_FULL}, %al
    loopnz  1b
    movb    ${KBC_READ_OUTPUT_PORT}, %al
    call    kbc_command
    xorw    %cx, %cx                // wait for its reply, at most 65,536 polls
2:  inb     ${PORT_KBC_STATUS}, %al
    testb   ${KBC_OUTPUT_FULL}, %al
    loopz   2b
    jz      3f                      // no reply: writing back a wrong value could reset the machine
    inb     ${PORT_KBC_DATA}, %al
    orb     ${KBC_A20}, %al
    pushw   %ax
    movb    ${KBC_WRITE_OUTPUT_PORT}, %al
    call    kbc_command
    call    kbc_wait
    popw    %ax
    outb    %al, ${PORT_KBC_DATA}
3:  movb    ${KBC_ENABLE_KEYBOARD}, %al
    call    kbc_command
    sti
    ret

// Sends the command in AL as soon as the controller accepts one.
//
//   clobbers  CX
kbc_command:
    pushw   %ax
    call    kbc_wait
    popw    %ax
    outb    %al, ${PORT_KBC_STATUS}
    ret

// Waits until the controller accepts a byte, for at most 65,536 polls: a machine may have no controller.
//
//   clobbers  AL, CX
kbc_wait:
    xorw    %cx, %cx
1:  inb     ${PORT_KBC_STATUS}, %al
    testb   ${KBC_INPUT_FULL}, %al
    loopnz  1b
    ret

a20_failed_text:    .ascii "stage2: A20: it stays off; INT 15h AX=2401h, the 8042 and port 92h were tried\r\n"

.code64
