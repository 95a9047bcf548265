// Exceptions in the loader's 64-bit code. Each ends the boot and prints the registers.

.section .text.exceptions, "ax"
.code64

// One stub per vector, each STUB_SIZE bytes, so that stub N is at exception_stubs + N * STUB_SIZE. All of them build
// the same frame: if the CPU pushes no error code, the stub pushes a zero.
//
// Source: Intel SDM vol. 3A, "Exception and Interrupt Reference", "Error Code".
    .balign {STUB_SIZE}
.global exception_stubs
exception_stubs:
.set vector, 0
.rept {VECTORS}
    .balign {STUB_SIZE}
    .if (({VECTORS_WITH_ERROR_CODE} >> vector) & 1) == 0
    pushq   $0
    .endif
    pushq   $vector
    jmp     exception_entry
    .set vector, vector + 1
.endr

//   in        the stack: vector, error code, RIP, CS, RFLAGS, RSP, SS
//   next      exception_handler(RDI = frame), which doesn't return
exception_entry:
    push_registers                  // in the order of `farjump_x86::Registers`
    cld
    movq    %rsp, %rdi
    andq    $-16, %rsp
    call    {exception_handler}
    ud2
