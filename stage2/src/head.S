// Stage 2's first sector: its header, its first instructions, and the check of all other sectors.
//
//   in        CS:IP = 0000:8000, DL = drive, real mode; stage 1 has checked this sector by its CRC-32
//   out       DS = ES = SS = 0, SP in REAL_STACK, IF = 1, DF = 0, EBP = drive; stage 2 is whole
//   next      stage2_real_mode (entry.S); on an error, a message and a halt
//
// Nothing outside this sector may be used before the check. console.S follows in the same section. The first line of
// stage 2 is printed here, before the check, because stage 1 has no space for it.
.set WORDS_AT_ONCE, 16

.section .stage2.header, "ax"
.code16
.global stage2_start
stage2_start:
    jmp     stage2_entry
    .org    stage2_start + {HEADER_MAGIC_OFFSET}
    .word   {HEADER_MAGIC}
    .org    stage2_start + {HEADER_SECTOR_COUNT_OFFSET}
    .word   __stage2_sector_count   // the linker script counts them
    .org    stage2_start + {HEADER_SUMS_OFFSET}
    .long   0, 0                    // the Fletcher checksum; the image builder fills it in

stage2_entry:
    xorw    %ax, %ax
    movw    %ax, %ds
    movw    %ax, %es
    movw    %ax, %ss
    movw    ${REAL_STACK_TOP}, %sp
    cld
    sti
    movzbl  %dl, %ebp
    movw    $banner_text, %si
    call    console_print

// The Fletcher checksum of all sectors after this one: EBX is the sum of the words, EDX the sum of EBX's values. ES is 0.
    xorl    %ebx, %ebx
    xorl    %edx, %edx
    movw    %es:{STAGE2_START} + {HEADER_SECTOR_COUNT_OFFSET}, %di
    movw    ${STAGE2_START} >> 4, %ax
    movw    %ax, %ds
next_sector:
    decw    %di
    jz      all_summed
    movw    %ds, %ax
    addw    ${SECTOR_SIZE} >> 4, %ax
    movw    %ax, %ds
    xorw    %si, %si
    movw    ${SECTOR_SIZE} / ({WORD_SIZE} * WORDS_AT_ONCE), %cx
next_words:
.set OFFSET, 0
.rept WORDS_AT_ONCE
    addl    OFFSET(%si), %ebx
    addl    %ebx, %edx
.set OFFSET, OFFSET + {WORD_SIZE}
.endr
    addw    $WORDS_AT_ONCE * {WORD_SIZE}, %si
    loop    next_words
    jmp     next_sector

all_summed:
    movw    %cx, %ds                // CX is 0 after LOOP
    cmpl    %ebx, {STAGE2_START} + {HEADER_SUMS_OFFSET}
    jne     damaged
    cmpl    %edx, {STAGE2_START} + {HEADER_SUMS_OFFSET} + {WORD_SIZE}
    je      stage2_real_mode
damaged:
    movw    $damaged_text, %si

// Ends a failed boot: prints a message and halts.
//
//   in        SI = text
stage2_fail:
    call    console_print
1:  cli
    hlt
    jmp     1b

// Prints a text.
//
//   in        DS:SI = the text, ends with a line feed; DS = 0, DF = 0
//   out       SI after the line feed; AL = the line feed; all other registers kept
console_print:
1:  lodsb
    call    console_put
    cmpb    ${LINE_FEED}, %al
    jne     1b
    ret

banner_text:      .ascii "Starting Stage2 ...\r\n"
damaged_text:       .ascii "stage2: checksum: mismatch after the first sector; write the image again\r\n"

.code64
