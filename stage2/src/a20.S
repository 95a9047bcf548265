// The A20 line: without it, bit 20 of every address is zero, and the second MiB is the first again.
//
// Each way to switch it on is followed by a test, and the next is tried only where that fails.

.section .stage2.real, "ax"
.code16

// Switches A20 on; doesn't return where nothing helps.
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

// Waits for A20 after it has been switched: some boards take their time.
//
//   out       ZF = 0: it is on; ZF = 1: 65,536 tests, each with a write to a slow port, say it is off
//   clobbers  AX, CX, ES
a20_becomes_on:
    xorw    %cx, %cx
1:  call    a20_is_on
    jnz     2f
    outb    %al, ${PORT_DELAY}
    loop    1b
    xorw    %ax, %ax                // ZF = 1: LOOP leaves the flags alone
2:  ret

// Writes two values to a word of low memory: does the word 1 MiB above change with it both times?
//
//   out       ZF = 0: it doesn't, A20 is on; ZF = 1: off
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

// Asks the keyboard controller: bit 1 of its output port is A20.
//
//   clobbers  AX, CX
a20_by_8042:
    cli
    movb    ${KBC_DISABLE_KEYBOARD}, %al
    call    kbc_command
    movw    ${KBC_MOST_WAITING}, %cx
1:  inb     ${PORT_KBC_DATA}, %al   // a key that was waiting must not pass for the answer below
    inb     ${PORT_KBC_STATUS}, %al
    testb   ${KBC_OUTPUT_FULL}, %al
    loopnz  1b
    movb    ${KBC_READ_OUTPUT_PORT}, %al
    call    kbc_command
    xorw    %cx, %cx                // its answer, within 65,536 polls
2:  inb     ${PORT_KBC_STATUS}, %al
    testb   ${KBC_OUTPUT_FULL}, %al
    loopz   2b
    jz      3f                      // none: what would be written back might reset the machine
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

// Sends the command in AL once the controller takes one.
//
//   clobbers  CX
kbc_command:
    pushw   %ax
    call    kbc_wait
    popw    %ax
    outb    %al, ${PORT_KBC_STATUS}
    ret

// Waits until the controller takes a byte: 65,536 polls at most, for a machine that has none.
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
