; Computes and never waits: 200 ticks in parts of 50.

.name worker
.priority 5

        PUSH 4
again:  WORK 50
        PUSH 1
        SUB
        DUP
        JNZ again
        HALT
