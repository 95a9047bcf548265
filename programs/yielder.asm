; Yields: lets the others run after each of ten steps.

.name yielder
.priority 5

        PUSH 10
again:  YIELD
        PUSH 1
        SUB
        DUP
        PRINT
        DUP
        JNZ again
        HALT
