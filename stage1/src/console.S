// Text output in real mode: each character to the first serial port, and to the screen where there is one.
//
// Stage 1 and the 16-bit part of stage 2 each take this file in, into the section of the file before it, which is
// 16-bit code in both. It keeps no state.

.code16
// One character.
//
// A BIOS with console redirection answers INT 10h by its own code, and sends what it gets to the serial port: there each
// character would come twice. So the screen gets it only where the vector leads to a video ROM, in C0000h..EFFFFh.
//
//   in        AL = the character, DS = 0, any stack
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
    movb    {VIDEO_VECTOR_PAGE}, %al
    subb    ${VIDEO_ROM_FIRST_PAGE}, %al
    cmpb    ${VIDEO_ROM_PAGES}, %al // its answer, carry, is left alone down to the branch
    xchgw   %ax, %bx
    movb    ${UART_DATA} & {LOW_BYTE}, %dl
    outb    %al, %dx
    movb    ${TELETYPE}, %ah
    jae     2f
    xorw    %bx, %bx                // page 0
    int     ${INT_VIDEO}
2:  popaw
    ret

.code64
