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
probe_write_access:
    movb    %sil, (%rdi)
    ret

.global probe_faulted
probe_faulted:
    movq    ${PROBE_FAULTED}, %rax
    ret
