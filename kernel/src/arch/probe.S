// A byte of memory that may not be there.

.section .text.probe, "ax"
.code64

//   in        RDI = address
//   out       RAX = the byte, or PROBE_FAULTED
//   next      the caller; by way of probe_faulted if probe_read_access faults
.global probe_read
.global probe_read_access
probe_read:
probe_read_access:
    movzbl  (%rdi), %eax
    ret

//   in        RDI = address, SIL = byte
//   out       RAX = 0, or PROBE_FAULTED
//   next      the caller; by way of probe_faulted if probe_write_access faults
.global probe_write
.global probe_write_access
probe_write:
    xorl    %eax, %eax
//   in        RDI = address, SIL = byte, RAX = 0
//   next      the caller; probe_faulted if this instruction faults
probe_write_access:
    movb    %sil, (%rdi)
    ret

//   in        the stack as probe_read or probe_write found it
//   out       RAX = PROBE_FAULTED
//   next      the caller of either
.global probe_faulted
probe_faulted:
    movq    ${PROBE_FAULTED}, %rax
    ret
