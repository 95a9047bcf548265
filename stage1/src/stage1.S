// The boot sector.
//
//   in        CS:IP = 0000:7C00 or 07C0:0000, DL = drive, real mode
//   out       stage 2 at STAGE2, its first sector checked; DL = drive; CS = DS = SS = 0, SP in REAL_STACK, IF = 1, DF = 0
//   next      jmp to stage 2's first byte; on an error, a short message and a halt
//
// Bytes 3..62 are a BPB stub, which a BIOS may read or overwrite, so they contain no code. That leaves 378 bytes.
// Some instructions below are chosen only because they are short; a comment says so at each.
//
// BP holds the drive: a BIOS may destroy DX in any disk service (RBIL, INT 13/AH=02h), so DX is reloaded after each one.
// SI points to a disk address packet on the stack. The packet is also the state of the read: the next LBA, the number of
// sectors and the destination. The geometry follows it.
.set DAP_SECTOR_COUNT, 2            // word, 1..64; the BIOS overwrites it with the number of sectors it read
.set DAP_BUFFER, 4                  // offset, always zero, and segment
.set DAP_SEGMENT, 6
.set DAP_LBA, 8
.set HEADS, 16                      // word; only valid if TRACK isn't zero
.set TRACK, 18                      // word, sectors per track; zero: the drive is read by LBA (EDD)

.section .boot, "ax"
.code16
.global stage1_start
stage1_start:
    jmp     stage1_entry
    nop

// Describes a hard disk with 512-byte sectors, for a BIOS that chooses an emulation by it. Reserved sectors, FATs
// and cluster size are zero, so that nothing mistakes the whole disk for a FAT volume.
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
    movw    %ax, %ss                // inhibits interrupts for one instruction
    movw    ${REAL_STACK_TOP}, %sp
    sti
    cld
    xchgw   %ax, %dx                // AL = drive: instructions with AL are shorter than those with DL
    testb   ${INVALID_DRIVE_BITS}, %al  // 00h..0Fh is a floppy, 80h..8Fh a hard disk
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
    incw    %dx                     // modem control: DTR_RTS has the same value
    outb    %al, %dx

// A BIOS with console redirection may still have characters in its buffer: SeaBIOS sends them at the next timer tick, which
// would be during our output. Calling the timer interrupt makes it send them now.
    int     ${INT_TIMER}
    movw    %bp, %dx
    call    print
    .ascii  "Booting ...\r\n"

// Is the drive read by LBA? A clear carry flag alone doesn't prove it: BX and CX must confirm it.
    movb    ${EDD_INSTALLATION_CHECK}, %ah
    movw    ${EDD_SIGNATURE_IN}, %bx
    int     ${INT_DISK}
    movw    %bp, %dx
    sbbw    ${EDD_SIGNATURE_OUT}, %bx   // zero if BX is the signature and carry is clear
    jne     by_geometry
    andw    ${EDD_FIXED_DISK_ACCESS}, %cx
    decw    %cx                     // supported: CX = 0, which becomes TRACK
    jz      addressing_known
by_geometry:
    xorw    %di, %di                // ES:DI = 0 guards against bugs in some BIOSes
    movb    ${GET_DRIVE_PARAMETERS}, %ah
    int     ${INT_DISK}             // if it fails, the geometry is wrong and the first read fails
    andw    ${GEOMETRY_SECTOR_MASK}, %cx
    movzbw  %dh, %ax                // the highest head
    incw    %ax
addressing_known:
    pushw   %cx                     // TRACK
    pushw   %ax                     // HEADS

    pushw   %ds                     // the packet, from its end: LBA, 8 bytes; pushing DS is the shortest way to push zero
    pushw   %ds
    pushw   %ds
    pushw   ${STAGE2_LBA}
    pushw   ${STAGE2_START} >> 4    // segment
    pushw   %ds                     // offset
    pushw   $1                      // first only the sector with stage 2's header
    pushw   ${DAP_SIZE}
    movw    %sp, %si

// Reads one chunk of stage 2: at most 64 sectors, across no 64 KiB boundary; by CHS, within one track. If the packet says
// that the BIOS has read fewer sectors than requested, the next chunk starts with the rest; a count above the requested one
// is ignored. By CHS, AL would hold the count, but not in every BIOS: the checksum of stage 2 detects what is missing then.
read:
    movw    ${READ_TRIES}, %di
try:
    movb    ${EDD_READ}, %ah
    movw    TRACK(%si), %cx
    jcxz    call_bios
    movw    DAP_LBA(%si), %ax
    cwtd
    divw    %cx                     // AX = track, DX = sector in the track
    subw    %dx, %cx                // CX = sectors left in the track
    cmpw    %cx, DAP_SECTOR_COUNT(%si)
    jbe     within_track
    movw    %cx, DAP_SECTOR_COUNT(%si)
within_track:
    movw    %dx, %cx
    incw    %cx                     // CL = sector, counted from 1
    cwtd
    divw    HEADS(%si)              // AX = cylinder, well below 256, as stage 2 is at the start of the disk; DX = head
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
    popw    %cx                     // the requested count
    movw    %bp, %dx
    jnc     was_read
failed:
    decw    %di
    jz      disk_error
    movw    $1, %ax                 // AH = RESET_DISK
    movw    %ax, DAP_SECTOR_COUNT(%si)  // retry with a single sector
    int     ${INT_DISK}
    movw    %bp, %dx
    jmp     try

was_read:
    cmpw    %cx, DAP_SECTOR_COUNT(%si)
    jae     count_known
    movw    DAP_SECTOR_COUNT(%si), %cx
count_known:
    jcxz    failed                  // the BIOS reports success but has read nothing
    addw    %cx, DAP_LBA(%si)
    shlw    ${PARAGRAPHS_TO_SECTORS}, %cx
    addw    %cx, DAP_SEGMENT(%si)
    cmpw    ${STAGE2_LBA} + 1, DAP_LBA(%si)
    jne     plan_next

// Checks the CRC-32 of stage 2's first sector before any of its contents is used. The sector ends with the value that the
// register has after the bytes before, so the result must be zero. It is calculated bit by bit, without a table, because
// there are only 512 bytes.
//
// Source: ISO 3309; RFC 1662, appendix C.3.
    movw    $-{SECTOR_SIZE}, %di    // counts up to zero
    orl     $-1, %eax
next_byte:
    xorb    {STAGE2_START} + {SECTOR_SIZE}(%di), %al
    movb    ${BITS_PER_BYTE}, %cl   // CH is 0: CX was the number of paragraphs in one sector
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

// Plans the next chunk from the header's sector count. The image builder ensures that the image fits into STAGE2. Once
// everything is read, stage 2's first sector is known to be intact, and its code checks the other sectors.
plan_next:
    movw    {STAGE2_START} + {STAGE2_SECTOR_COUNT_OFFSET}, %cx
    subw    DAP_LBA(%si), %cx       // sectors after the next one: stage 2 begins at LBA 1
    jb      stage1_start + ({STAGE2_START} - {STAGE1_START})
    movb    ${CHUNK_SECTORS}, %al   // the same up to the next multiple of 32 KiB; STAGE2 starts at one, with LBA 1
    subb    DAP_LBA(%si), %al
    andb    ${CHUNK_SECTORS} - 1, %al
    cbtw
    cmpw    %ax, %cx
    jbe     to_the_end
    xchgw   %ax, %cx
to_the_end:
    incw    %cx                     // plus the next one
    movw    %cx, DAP_SECTOR_COUNT(%si)
    jmp     read

// Ends a failed boot with "AH Disk error!" or "No Stage2". docs/errors.md explains what to do.
disk_error:                         // AH = status
    movb    %ah, %al
    aam     ${HEXADECIMAL}          // AH = upper digit, AL = lower digit
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

// Prints the text that follows the call, up to its line feed.
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

// Prints a hexadecimal digit.
//
//   in        AH = 0..15
//   out       AL = the character, AH = what AL held; all other registers kept
//   next      falls through to console_put
put_digit:
    xchgb   %ah, %al
    cmpb    ${DECIMAL_DIGITS}, %al
    sbbb    ${DIGIT_ADJUST}, %al    // 0..9 to 96h..9Fh, 10..15 to A1h..A6h
    das                             // DAS turns these into '0'..'9', 'A'..'F'

.code64
