// The shim's boot sector, and what its body does before it starts farjump's.
//
//   in        as a BIOS starts a boot sector: 0000:7C00, DL = drive
//   out       farjump's boot sector at 0000:7C00, DL = drive or what the setting says; INT 13h and INT 15h hooked
//   next      ljmp to 0000:7C00
//
// The body is linked right after the boot sector and runs at BODY_SEGMENT, in the memory after the loader's.

.section .shim, "ax"
.code16
.global shim_start
shim_start:
    xorw    %ax, %ax
    movw    %ax, %ds
    movw    %ax, %ss
    movw    ${STAGE1_START}, %sp
    cld
    movw    $body_packet, %si
    movb    ${EDD_READ}, %ah
    int     ${INT_DISK}
    jc      1f
    ljmpw   ${BODY_SEGMENT}, $body
1:  hlt                             // the test waits for a line that never comes
    jmp     1b

    .balign 4
body_packet:
    .word   {DAP_SIZE}
    .word   {BODY_SECTORS}
    .word   {STAGE1_START} + {SECTOR_SIZE}, {BODY_SEGMENT}
    .quad   {OURS_LBA} + 1

    .org    shim_start + {SETTINGS}
settings:
    .skip   {SETTING_COUNT}

// Here DS is the body's segment.
body:
    movw    %cs, %ax
    movw    %ax, %ds
    movw    $ours_packet, %si
    movb    ${EDD_READ}, %ah
    int     ${INT_DISK}
    jc      1b

    xorw    %ax, %ax
    movw    %ax, %es
    cli
    movl    %es:{INT_DISK} * {VECTOR_SIZE}, %eax
    movl    %eax, bios_int13
    movl    %es:{INT_SYSTEM} * {VECTOR_SIZE}, %eax
    movl    %eax, bios_int15
    movw    $int13, %es:{INT_DISK} * {VECTOR_SIZE}
    movw    %cs, %es:{INT_DISK} * {VECTOR_SIZE} + 2
    movw    $int15, %es:{INT_SYSTEM} * {VECTOR_SIZE}
    movw    %cs, %es:{INT_SYSTEM} * {VECTOR_SIZE} + 2
    sti

    movb    settings + {DRIVE}, %al
    testb   %al, %al
    jz      1f
    movb    %al, %dl
1:  call    switch_a20_off
    call    unusual_registers
    ljmpw   $0, ${STAGE1_START}

// Switches A20 off as the setting says.
//
//   clobbers  AL, flags
//
// Source: RBIL PORT 0092h; IBM PC AT Technical Reference, "Keyboard Controller", command D1h.
switch_a20_off:
    cmpb    ${A20_OFF_BY_92}, %cs:settings + {A20_OFF}
    jne     1f
    inb     ${PORT_SYSTEM_CONTROL_A}, %al
    andb    $~{SYSTEM_CONTROL_A20_AND_RESET}, %al
    outb    %al, ${PORT_SYSTEM_CONTROL_A}
1:  cmpb    ${A20_OFF_BY_8042}, %cs:settings + {A20_OFF}
    jne     2f
    call    kbc_wait
    movb    ${KBC_WRITE_OUTPUT_PORT}, %al
    outb    %al, ${PORT_KBC_STATUS}
    call    kbc_wait
    movb    ${KBC_OUTPUT_WITHOUT_A20}, %al
    outb    %al, ${PORT_KBC_DATA}
    call    kbc_wait
2:  ret

// Waits until the keyboard controller takes a byte.
//
//   clobbers  AL, flags
kbc_wait:
    inb     ${PORT_KBC_STATUS}, %al
    testb   ${KBC_INPUT_FULL}, %al
    jnz     kbc_wait
    ret

// A text on the serial port, which farjump's boot sector has set up.
//
//   in        CS:SI = the text, ends with a line feed
//   clobbers  AX, DX, SI, flags
say:
    movw    ${UART_LINE_STATUS}, %dx
1:  inb     %dx, %al
    testb   ${UART_TRANSMITTER_EMPTY}, %al
    jz      1b
    movw    ${UART_DATA}, %dx
    lodsb   %cs:(%si), %al
    outb    %al, %dx
    cmpb    ${LINE_FEED}, %al
    jne     say
    ret

    .balign 4
ours_packet:
    .word   {DAP_SIZE}
    .word   1
    .word   {STAGE1_START}, 0
    .quad   {OURS_LBA}
bios_int13:
    .word   0, 0
bios_int15:
    .word   0, 0

.code64
