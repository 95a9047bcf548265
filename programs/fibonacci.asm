; Computes: prints the Fibonacci numbers below 1000.
;
; slot 0: this one; slot 1: the next

.name fibonacci
.priority 5

        PUSH 1
        STORE 1
again:  LOAD 0
        PRINT
        LOAD 1          ; the next one, below ...
        LOAD 0
        LOAD 1
        ADD             ; ... the one after it
        STORE 1
        STORE 0
        LOAD 0
        PUSH 1000
        JLT again
        HALT
