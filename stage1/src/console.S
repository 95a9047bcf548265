// Text output in real mode: each character to the screen and to the first serial port.
//
// Stage 1 and the 16-bit part of stage 2 each take this file in, into the section of the file before it, which is
// 16-bit code in both. It keeps no state.

.code16
// One character.
//
//   in        AL = the character, any stack
//   out       nothing; all registers kept
//   waits     for the UART to take it, CX's 65,536 polls (`uart::MAX_POLLS`) at most: a port that isn't there can't stop a boot
//
// Source: RBIL INT 10/AH=0Eh; PC16550D data sheet, "Line Status Register".
console_put:
    pushaw
    xchgw   %ax, %bx                // BL keeps the character
    xorw    %cx, %cx
    movw    ${UART_LINE_STATUS}, %dx
1:  inb     %dx, %al
    testb   ${UART_TRANSMITTER_EMPTY}, %al
    loopz   1b
    xchgw   %ax, %bx
    movb    ${UART_DATA} & {LOW_BYTE}, %dl
    outb    %al, %dx
    movb    ${TELETYPE}, %ah
    xorw    %bx, %bx                // page 0
    int     ${INT_VIDEO}
    popaw
    ret

// A text.
//
//   in        DS:SI = the text, ends with a line feed; DF = 0
//   out       SI behind the line feed; AL = the line feed; all other registers kept
console_print:
1:  lodsb
    call    console_put
    cmpb    ${LINE_FEED}, %al
    jne     1b
    ret

.code64
