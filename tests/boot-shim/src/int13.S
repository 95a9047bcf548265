// INT 13h in front of the BIOS's: no EDD, long reads that come out short, DX and a packet's count that are destroyed, and a
// look at the control registers.
//
//   in        as INT 13h
//   out       as INT 13h; A20 off, as long as the setting says so

.section .shim, "ax"
.code16
int13:
    call    check_registers
    jne     other_registers
    cmpb    ${GET_DRIVE_PARAMETERS}, %ah
    je      drive_parameters
    cmpb    ${EDD_INSTALLATION_CHECK}, %ah
    je      check
    cmpb    ${EDD_READ}, %ah
    je      edd_read
    cmpb    ${CHS_READ}, %ah
    je      chs_read
whole_read:
    call    disk_service
    jmp     disk_answered

drive_parameters:
    call    disk_service
    jmp     dx_answers

other_registers:
    pushaw
    movw    $other_registers_text, %si
    call    say
    popaw
    movb    ${OTHER_REGISTERS}, %ah
    stc
    jmp     dx_answers

check:
    cmpb    $0, %cs:settings + {NO_EDD}
    je      whole_read
    movb    ${INVALID_FUNCTION}, %ah
    stc
    jmp     disk_answered

// Source: RBIL INT 13/AH=42h: the packet's count becomes that of the sectors which were transferred.
edd_read:
    pushw   %cx
    cmpb    $0, %cs:settings + {READS}
    je      1f
    movzbw  %cs:settings + {MAX_SECTORS}, %cx
    cmpw    %cx, {DAP_SECTOR_COUNT}(%si)
    jbe     1f
    cmpb    $0, %cs:settings + {VOLUME_ALONE}
    je      2f
    cmpl    ${PARTITION_LBA}, {DAP_LBA}(%si)
    jae     2f
1:  popw    %cx
    call    disk_service
    jc      disk_answered
    cmpb    $0, %cs:settings + {COUNT_IS_NONSENSE}
    je      4f
    movw    ${NONSENSE_COUNT}, {DAP_SECTOR_COUNT}(%si)
4:  clc
    jmp     disk_answered
2:  cmpb    ${READS_NOTHING}, %cs:settings + {READS}
    je      3f
    movw    %cx, {DAP_SECTOR_COUNT}(%si)
    popw    %cx
    jmp     short_read
3:  movw    $0, {DAP_SECTOR_COUNT}(%si)
    popw    %cx
    xorb    %ah, %ah                // which clears carry, too
    jmp     disk_answered

// Source: RBIL INT 13/AH=02h: AL is the number of sectors, asked for and transferred.
chs_read:
    cmpb    $0, %cs:settings + {READS}
    je      whole_read
    cmpb    %al, %cs:settings + {MAX_SECTORS}
    jae     whole_read
    cmpb    $0, %cs:settings + {VOLUME_ALONE}
    je      1f
    pushw   %ax                     // where the sectors go tells who reads them: stage 1, or the loader
    movw    %es, %ax
    cmpw    ${BOUNCE_BUFFER_SEGMENT}, %ax
    popw    %ax
    jb      whole_read
1:  movb    %cs:settings + {MAX_SECTORS}, %al
short_read:
    call    disk_service
    jc      disk_answered
    cmpb    ${READS_SHORT_WITH_CARRY}, %cs:settings + {READS}
    clc
    jne     disk_answered
    movb    ${SECTOR_NOT_FOUND}, %ah
    stc

// Back to the caller, with the flags as they are now.
disk_answered:
    pushfw
    cmpb    $0, %cs:settings + {DX_IS_LOST}
    je      1f
    movw    ${LOST}, %dx
1:  popfw
dx_answers:
    sti
    lretw   $2

// The BIOS's own service. SeaBIOS switches A20 on while it works, and not always off again.
disk_service:
    pushfw
    lcallw  *%cs:bios_int13
    pushfw
    pushw   %ax
    call    switch_a20_off
    popw    %ax
    popfw
    ret

other_registers_text: .ascii "shim: INT 13h finds other control registers\r\n"

.code64
