; Changes its priority: computes at a low one, then at a high one, then at the low one again. Smaller numbers go first.

.name riser
.priority 9

        WORK 10
        SETPRIO 1
        PUSH 1
        PRINT
        WORK 10
        SETPRIO 9
        PUSH 9
        PRINT
        WORK 10
        HALT
