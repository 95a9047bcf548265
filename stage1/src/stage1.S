// The boot sector.
//
//   in        CS:IP = 0000:7C00 or 07C0:0000, DL = drive, real mode
//   out       stage 2 at STAGE2, whole; DL = drive; CS = DS = SS = 0, SP in REAL_STACK, IF = 1, DF = 0
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
    ljmpw   $0, $1f                 // some BIOSes start us at 07C0:0000
1:  xorw    %ax, %ax
    movw    %ax, %ds
    movw    %ax, %ss                // holds interrupts off for one instruction
    movw    ${REAL_STACK_TOP}, %sp
    sti
    cld
    testb   ${NOT_A_DRIVE}, %dl     // 00h..0Fh is a floppy, 80h..8Fh a hard disk
    jz      2f
    movb    ${FIRST_HARD_DISK}, %dl
2:  movw    %dx, %bp

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
    jc      3f
    cmpw    ${EDD_ANSWER}, %bx
    jne     3f
    andw    ${EDD_PACKET_ACCESS}, %cx
    decw    %cx                     // yes: CX = 0, and so is TRACK
    jz      4f
3:  movb    ${GET_DRIVE_PARAMETERS}, %ah
    int     ${INT_DISK}             // should it fail, the geometry is nonsense and the first read fails
    andw    ${GEOMETRY_SECTOR_MASK}, %cx
    movzbw  %dh, %ax                // the highest head
    incw    %ax
4:  pushw   %cx                     // TRACK
    pushw   %ax                     // HEADS

    pushl   $0                      // the packet, from its end: LBA, 8 bytes
    pushw   $0
    pushw   ${STAGE2_LBA}
    pushw   ${STAGE2_START} >> 4    // segment
    pushw   $0                      // offset
    pushw   $1                      // first the sector with stage 2's header
    pushw   ${DAP_SIZE}
    movw    %sp, %si

// One piece of stage 2: at most 64 sectors, across no 64 KiB line, by CHS within one track.
read:
    movw    ${READ_TRIES}, %di
try:
    movb    ${EDD_READ}, %ah
    movw    TRACK(%si), %cx
    jcxz    6f
    movw    DAP_LBA(%si), %ax
    cwtd
    divw    %cx                     // AX = track, DX = sector in it
    subw    %dx, %cx                // CX = sectors left in it
    cmpw    %cx, DAP_SECTOR_COUNT(%si)
    jbe     5f
    movw    %cx, DAP_SECTOR_COUNT(%si)
5:  movw    %dx, %cx
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
6:  int     ${INT_DISK}
    jnc     7f
    decw    %di
    jz      disk_error
    xorw    %ax, %ax                // AH = RESET_DISK
    int     ${INT_DISK}
    movb    $1, DAP_SECTOR_COUNT(%si)   // the BIOS has overwritten it; now sector by sector
    jmp     try

7:  movw    DAP_SECTOR_COUNT(%si), %cx
    jcxz    disk_error              // success, and nothing read: it would go on for ever
    addw    %cx, DAP_LBA(%si)
    shlw    ${PARAGRAPHS_TO_SECTORS}, %cx
    addw    %cx, DAP_SEGMENT(%si)

// What the header says is still to read. It is at most 255 sectors, so it can't outgrow STAGE2.
    cmpw    ${STAGE2_MAGIC}, {STAGE2_START} + {STAGE2_MAGIC_OFFSET}
    jne     bad_stage2
    movzbw  {STAGE2_START} + {STAGE2_SECTOR_COUNT_OFFSET}, %di
    leaw    {STAGE2_LBA}(%di), %cx
    subw    DAP_LBA(%si), %cx
    jbe     check
    movb    ${PIECE_SECTORS}, %al   // sectors to the next 32 KiB line: STAGE2 and STAGE2_LBA begin at one
    subb    DAP_LBA(%si), %al
    andb    ${PIECE_SECTORS} - 1, %al
    cbtw
    incw    %ax
    cmpw    %ax, %cx
    jbe     8f
    xchgw   %ax, %cx
8:  movw    %cx, DAP_SECTOR_COUNT(%si)
    jmp     read

// Fletcher's two sums over all words of the DI sectors: EBX the sum, EBP the sum of sums. Both must come to
// zero. CX is zero.
check:
    xorl    %ebx, %ebx
    xorl    %ebp, %ebp
    movw    ${STAGE2_START} >> 4, %ax
9:  movw    %ax, %es
    xorw    %si, %si
    movb    ${SECTOR_SIZE} / {WORD_SIZE}, %cl
10: addl    %es:(%si), %ebx
    addl    %ebx, %ebp
    addw    ${WORD_SIZE}, %si
    loop    10b
    addw    ${SECTOR_SIZE} >> 4, %ax
    decw    %di
    jnz     9b
    orl     %ebx, %ebp
    jnz     bad_stage2

    movw    ${STAGE2_START} + {STAGE2_GREETING_OFFSET}, %si
    call    console_print
    ljmpw   $0, ${STAGE2_START}

// The end of a boot that failed: "AH Disk error!" or "No Stage2". docs/errors.md says what to do.
disk_error:                         // AH = status
    movw    ${STATUS_DIGITS}, %cx
11: rolw    $4, %ax                 // AL's lower half = AH's upper half, then its lower half
    pushw   %ax
    andb    ${NIBBLE_MASK}, %al
    cmpb    ${DECIMAL_DIGITS}, %al
    sbbb    ${DIGIT_ADJUST}, %al    // 0..9 to 96h..9Fh, 10..15 to A1h..A6h
    das                             // which DAS makes '0'..'9', 'A'..'F'
    call    console_put
    popw    %ax
    loop    11b
    movw    $disk_error_text, %si
12: call    console_print
13: cli
    hlt
    jmp     13b
bad_stage2:
    movw    $bad_stage2_text, %si
    jmp     12b

booting:            .ascii "Booting ...\r\n"
disk_error_text:    .ascii " Disk error!\n"
bad_stage2_text:    .ascii "No Stage2\n"
