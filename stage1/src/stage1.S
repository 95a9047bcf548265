// The boot sector.
//
//   in        CS:IP = 0000:7C00 or 07C0:0000, DL = drive, real mode
//   out       stage 2 at STAGE2, its first sector checked; DL = drive; CS = DS = SS = 0, SP in REAL_STACK, IF = 1, DF = 0
//   next      jmp to stage 2's first byte; after a fault, a word and a halt
//
// Bytes 3..62 are a BPB stub: a BIOS may read them, or write there, and no code is in them. That leaves
// 378 bytes, and some turns below are there to fit: each says so.
//
// BP holds the drive: a BIOS may destroy DX in any disk service (RBIL, INT 13/AH=02h), so each is followed by a load of DX.
// SI points to a disk address packet on the stack, which is also the state of the read: what comes next, how much and where
// to. The geometry follows it.
.set DAP_SECTOR_COUNT, 2            // word, 1..64; the BIOS writes back how many it read
.set DAP_BUFFER, 4                  // offset, always zero, and segment
.set DAP_SEGMENT, 6
.set DAP_LBA, 8
.set HEADS, 16                      // word; only where TRACK isn't zero
.set TRACK, 18                      // word, sectors in a track; zero: the drive takes sector numbers (EDD)

.section .boot, "ax"
.code16
.global stage1_start
stage1_start:
    jmp     stage1_entry
    nop

// Says "a hard disk of 512-byte sectors" to a BIOS that chooses an emulation by it. Reserved sectors, FATs
// and cluster size are zero, so that nothing takes the whole disk for a FAT volume.
//
// Source: Microsoft FAT specification, "Boot Sector and BPB".
bpb:
    .ascii  "FARJUMP "
    .word   {SECTOR_SIZE}
    .byte   0                       // sectors per cluster
    .word   0                       // reserved sectors
    .byte   0                       // FATs
    .word   0, 0                    // root directory entries, sectors
    .byte   {MEDIA_FIXED_DISK}
    .word   0                       // sectors per FAT
    .word   63, 255                 // sectors per track, heads
    .long   0, 0                    // hidden sectors, sectors
    .byte   {FIRST_HARD_DISK}
    .org    stage1_start + {BPB_END}

stage1_entry:
    ljmpw   $0, $at_segment_zero    // some BIOSes start us at 07C0:0000
at_segment_zero:
    xorw    %ax, %ax
    movw    %ax, %ds
    movw    %ax, %es
    movw    %ax, %ss                // holds interrupts off for one instruction
    movw    ${REAL_STACK_TOP}, %sp
    sti
    cld
    xchgw   %ax, %dx                // AL = drive: its instructions are shorter than DL's
    testb   ${NOT_A_DRIVE}, %al     // 00h..0Fh is a floppy, 80h..8Fh a hard disk
    jz      drive_known
    movb    ${FIRST_HARD_DISK}, %al
drive_known:
    xchgw   %ax, %bp

// 115200 8N1. Bytes, not words: VirtualBox drops wider writes to a UART.
    movw    ${UART_LINE_CONTROL}, %dx
    movb    ${UART_DIVISOR_LATCH}, %al
    outb    %al, %dx
    movb    ${UART_DATA} & {LOW_BYTE}, %dl
    movb    ${UART_DIVISOR}, %al
    outb    %al, %dx
    incw    %dx
    decw    %ax                     // AL was 1
    outb    %al, %dx
    movb    ${UART_LINE_CONTROL} & {LOW_BYTE}, %dl
    movb    ${UART_8N1}, %al
    outb    %al, %dx
    incw    %dx                     // modem control: DTR_RTS is the same number
    outb    %al, %dx

// A BIOS with console redirection may still hold back its last characters: SeaBIOS sends them at the next tick, which would
// be in the midst of our lines. So here is one.
    int     ${INT_TIMER}
    movw    %bp, %dx
    call    print
    .ascii  "Booting ...\r\n"

// Does the drive take sector numbers? Carry alone is no proof: BX and CX must say so too.
    movb    ${EDD_INSTALLATION_CHECK}, %ah
    movw    ${EDD_QUESTION}, %bx
    int     ${INT_DISK}
    movw    %bp, %dx
    sbbw    ${EDD_ANSWER}, %bx      // zero if BX is the answer and carry is clear
    jne     by_geometry
    andw    ${EDD_PACKET_ACCESS}, %cx
    decw    %cx                     // yes: CX = 0, and so is TRACK
    jz      addressing_known
by_geometry:
    xorw    %di, %di                // ES:DI = 0 guards against bugs in some BIOSes
    movb    ${GET_DRIVE_PARAMETERS}, %ah
    int     ${INT_DISK}             // should it fail, the geometry is nonsense and the first read fails
    andw    ${GEOMETRY_SECTOR_MASK}, %cx
    movzbw  %dh, %ax                // the highest head
    incw    %ax
addressing_known:
    pushw   %cx                     // TRACK
    pushw   %ax                     // HEADS

    pushw   %ds                     // the packet, from its end: LBA, 8 bytes; DS is the shortest zero
    pushw   %ds
    pushw   %ds
    pushw   ${STAGE2_LBA}
    pushw   ${STAGE2_START} >> 4    // segment
    pushw   %ds                     // offset
    pushw   $1                      // first the sector with stage 2's header
    pushw   ${DAP_SIZE}
    movw    %sp, %si

// One piece of stage 2: at most 64 sectors, across no 64 KiB line, by CHS within one track. A BIOS that reads fewer than
// it was asked for is asked for the rest, where it says so in the packet; a BIOS that claims to have read more than that
// isn't believed. By CHS it would say so in AL, but not every BIOS does: what is missing then is found by the checks of stage 2.
read:
    movw    ${READ_TRIES}, %di
try:
    movb    ${EDD_READ}, %ah
    movw    TRACK(%si), %cx
    jcxz    call_bios
    movw    DAP_LBA(%si), %ax
    cwtd
    divw    %cx                     // AX = track, DX = sector in it
    subw    %dx, %cx                // CX = sectors left in it
    cmpw    %cx, DAP_SECTOR_COUNT(%si)
    jbe     within_track
    movw    %cx, DAP_SECTOR_COUNT(%si)
within_track:
    movw    %dx, %cx
    incw    %cx                     // CL = sector, counted from 1
    cwtd
    divw    HEADS(%si)              // AX = cylinder, far below 256: stage 2 is at the start; DX = head
    movb    %al, %ch
    movw    %bp, %ax
    movb    %dl, %ah
    xchgw   %ax, %dx                // DH = head, DL = drive
    movb    DAP_SECTOR_COUNT(%si), %al
    lesw    DAP_BUFFER(%si), %bx
    movb    ${CHS_READ}, %ah
call_bios:
    pushw   DAP_SECTOR_COUNT(%si)   // the BIOS overwrites it
    int     ${INT_DISK}
    popw    %cx                     // what it was asked for
    movw    %bp, %dx
    jnc     was_read
failed:
    decw    %di
    jz      disk_error
    movw    $1, %ax                 // AH = RESET_DISK
    movw    %ax, DAP_SECTOR_COUNT(%si)  // now sector by sector
    int     ${INT_DISK}
    movw    %bp, %dx
    jmp     try

was_read:
    cmpw    %cx, DAP_SECTOR_COUNT(%si)
    jae     count_known
    movw    DAP_SECTOR_COUNT(%si), %cx
count_known:
    jcxz    failed                  // success, and nothing read
    addw    %cx, DAP_LBA(%si)
    shlw    ${PARAGRAPHS_TO_SECTORS}, %cx
    addw    %cx, DAP_SEGMENT(%si)
    cmpw    ${STAGE2_LBA} + 1, DAP_LBA(%si)
    jne     plan_next

// The CRC-32 of stage 2's first sector, before anything that it says is believed. At its end stands what the
// register holds before, so that zero comes out. Without a table, bit by bit: it is only 512 bytes.
//
// Source: ISO 3309; RFC 1662, appendix C.3.
    movw    $-{SECTOR_SIZE}, %di    // counts up to zero
    orl     $-1, %eax
next_byte:
    xorb    {STAGE2_START} + {SECTOR_SIZE}(%di), %al
    movb    ${BITS_PER_BYTE}, %cl   // CH is 0: CX held the paragraphs of one sector
next_bit:
    shrl    %eax
    jnc     no_carry
    xorl    ${CRC32_POLYNOMIAL}, %eax
no_carry:
    loop    next_bit
    incw    %di
    jnz     next_byte
    testl   %eax, %eax
    jnz     bad_stage2

// What the header says is still to read. The image builder sees to it that it doesn't outgrow STAGE2. When all is read: its
// first sector is right, and that one checks the others.
plan_next:
    movw    {STAGE2_START} + {STAGE2_SECTOR_COUNT_OFFSET}, %cx
    subw    DAP_LBA(%si), %cx       // sectors after the next one: stage 2 begins at LBA 1
    jb      stage1_start + ({STAGE2_START} - {STAGE1_START})
    movb    ${PIECE_SECTORS}, %al   // the same to the next 32 KiB line: STAGE2 and STAGE2_LBA begin at one
    subb    DAP_LBA(%si), %al
    andb    ${PIECE_SECTORS} - 1, %al
    cbtw
    cmpw    %ax, %cx
    jbe     to_the_end
    xchgw   %ax, %cx
to_the_end:
    incw    %cx                     // and the next one
    movw    %cx, DAP_SECTOR_COUNT(%si)
    jmp     read

// The end of a boot that failed: "AH Disk error!" or "No Stage2". docs/errors.md says what to do.
disk_error:                         // AH = status
    movb    %ah, %al
    aam     ${HEXADECIMAL}          // AH = its upper half, AL = its lower half
    call    put_digit
    call    put_digit
    call    print
    .ascii  " Disk error!\n"
halt:
    cli
    hlt
    jmp     halt
bad_stage2:
    call    print
    .ascii  "No Stage2\n"
    jmp     halt

// The text that follows the call, up to its line feed.
//
//   in        DS = CS = 0, DF = 0
//   out       returns to the byte after the line feed; SI is its address, AL the line feed
print:
    popw    %si
1:  lodsb
    call    console_put
    cmpb    ${LINE_FEED}, %al
    jne     1b
    jmpw    *%si

// A digit to base 16, as a character.
//
//   in        AH = 0..15
//   out       AL = the character, AH = what AL held; all other registers kept
//   next      falls through to console_put
put_digit:
    xchgb   %ah, %al
    cmpb    ${DECIMAL_DIGITS}, %al
    sbbb    ${DIGIT_ADJUST}, %al    // 0..9 to 96h..9Fh, 10..15 to A1h..A6h
    das                             // which DAS makes '0'..'9', 'A'..'F'

.code64
