; Waits: five times 20 ticks, and prints each time how often it has woken.

.name sleeper
.priority 2

again:  SLEEP 20
        LOAD 0
        PUSH 1
        ADD
        DUP
        STORE 0
        PRINT
        LOAD 0
        PUSH 5
        JLT again
        HALT
