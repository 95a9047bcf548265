// Text output in real mode: each character goes to the first serial port, and to the screen if there is one.
//
// Stage 1 and the 16-bit part of stage 2 both include this file, in the section of the file before it, which is
// 16-bit code in both. It keeps no state.

.code16
// Prints one character.
//
// A BIOS with console redirection handles INT 10h itself and sends the characters to the serial port, so each one would
// appear there twice. For this reason, INT 10h is called only if its vector points into a video ROM, in C0000h..EFFFFh.
//
//   in        AL = the character, DS = 0, any stack
//   out       nothing; all registers kept
//   waits     until the UART takes it, for at most 65,536 polls in CX (`uart::MAX_POLLS`): a missing port can't stop a boot
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
    cmpb    ${VIDEO_ROM_PAGES}, %al // carry keeps the result until the branch
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
