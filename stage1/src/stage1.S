// The boot sector.
//
//   in        CS:IP = 0000:7C00 or 07C0:0000, DL = drive, real mode
//   out       stage 2 at STAGE2, its first sector checked; DL = drive; CS = DS = SS = 0, SP in REAL_STACK, IF = 1, DF = 0
//   next      ljmp to stage 2's first byte; after a fault, a word and a halt
//
// Bytes 3..62 are a BPB stub: a BIOS may read them, or write there, and no code is in them. That leaves
// 378 bytes, and some turns below are there to fit: each says so.
//
// BP holds the drive until all is read. SI points to a disk address packet on the stack, which is also the state of the read:
// what comes next, how much and where to. Behind it lies the geometry.
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
    testb   ${NOT_A_DRIVE}, %dl     // 00h..0Fh is a floppy, 80h..8Fh a hard disk
    jz      drive_known
    movb    ${FIRST_HARD_DISK}, %dl
drive_known:
    movw    %dx, %bp

// 115200 8N1. Bytes, not words: VirtualBox drops wider writes to a UART.
    movw    ${UART_LINE_CONTROL}, %dx
    movb    ${UART_DIVISOR_LATCH}, %al
    outb    %al, %dx
    movb    ${UART_DATA} & {LOW_BYTE}, %dl
    movb    ${UART_DIVISOR}, %al
    outb    %al, %dx
    incw    %dx
    decw    %ax                     // AX was 1
    outb    %al, %dx
    movb    ${UART_LINE_CONTROL} & {LOW_BYTE}, %dl
    movb    ${UART_8N1}, %al
    outb    %al, %dx
    incw    %dx                     // modem control: DTR_RTS is the same number
    outb    %al, %dx
    movw    %bp, %dx

    movw    $booting, %si
    call    console_print

// Does the drive take sector numbers? Carry alone is no proof: BX and CX must say so too.
    movb    ${EDD_INSTALLATION_CHECK}, %ah
    movw    ${EDD_QUESTION}, %bx
    int     ${INT_DISK}
    jc      by_geometry
    cmpw    ${EDD_ANSWER}, %bx
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

    pushl   $0                      // the packet, from its end: LBA, 8 bytes
    pushw   $0
    pushw   ${STAGE2_LBA}
    pushw   ${STAGE2_START} >> 4    // segment
    pushw   $0                      // offset
    pushw   $1                      // first the sector with stage 2's header
    pushw   ${DAP_SIZE}
    movw    %sp, %si

// One piece of stage 2: at most 64 sectors, across no 64 KiB line, by CHS within one track. A BIOS that reads fewer than
// it was asked for is asked for the rest, where it says so in the packet. By CHS it would say so in AL, but not every BIOS
// does: what is missing then is found by the checks of stage 2.
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
    int     ${INT_DISK}
    jnc     was_read
failed:
    decw    %di
    jz      disk_error
    xorw    %ax, %ax                // AH = RESET_DISK
    int     ${INT_DISK}
    movb    $1, DAP_SECTOR_COUNT(%si)   // the BIOS has overwritten it; now sector by sector
    jmp     try

was_read:
    movw    DAP_SECTOR_COUNT(%si), %cx
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
    movw    ${STAGE2_START}, %di
    movw    ${SECTOR_SIZE}, %cx
    orl     $-1, %eax
next_byte:
    xorb    (%di), %al
    incw    %di
    movb    ${BITS_PER_BYTE}, %bl
next_bit:
    shrl    %eax
    jnc     no_carry
    xorl    ${CRC32_POLYNOMIAL}, %eax
no_carry:
    decb    %bl
    jnz     next_bit
    loop    next_byte
    testl   %eax, %eax
    jnz     bad_stage2

// What the header says is still to read. The image builder sees to it that it doesn't outgrow STAGE2.
plan_next:
    movw    {STAGE2_START} + {STAGE2_SECTOR_COUNT_OFFSET}, %cx
    incw    %cx                     // the sector behind the last: stage 2 begins at LBA 1
    subw    DAP_LBA(%si), %cx
    jbe     whole
    movb    ${PIECE_SECTORS}, %al   // sectors to the next 32 KiB line: STAGE2 and STAGE2_LBA begin at one
    subb    DAP_LBA(%si), %al
    andb    ${PIECE_SECTORS} - 1, %al
    cbtw
    incw    %ax
    cmpw    %ax, %cx
    jbe     to_the_end
    xchgw   %ax, %cx
to_the_end:
    movw    %cx, DAP_SECTOR_COUNT(%si)
    jmp     read

// Its first sector is right. That one checks the others.
whole:
    movw    ${STAGE2_START} + {STAGE2_GREETING_OFFSET}, %si
    call    console_print
    ljmpw   $0, ${STAGE2_START}

// The end of a boot that failed: "AH Disk error!" or "No Stage2". docs/errors.md says what to do.
disk_error:                         // AH = status
    movw    ${STATUS_DIGITS}, %cx
next_digit:
    rolw    $4, %ax                 // AL's lower half = AH's upper half, then its lower half
    pushw   %ax
    andb    ${NIBBLE_MASK}, %al
    cmpb    ${DECIMAL_DIGITS}, %al
    sbbb    ${DIGIT_ADJUST}, %al    // 0..9 to 96h..9Fh, 10..15 to A1h..A6h
    das                             // which DAS makes '0'..'9', 'A'..'F'
    call    console_put
    popw    %ax
    loop    next_digit
    movw    $disk_error_text, %si
fail:
    call    console_print
halt:
    cli
    hlt
    jmp     halt
bad_stage2:
    movw    $bad_stage2_text, %si
    jmp     fail

booting:            .ascii "Booting ...\r\n"
disk_error_text:    .ascii " Disk error!\n"
bad_stage2_text:    .ascii "No Stage2\n"

.code64
