//! Boot tests of threads.

use super::interrupts::on_virtual_time;
use super::monitor::run;
use crate::test::scenario::{Kernel, Scenario};
use farjump::qemu::Outcome;

pub(super) fn cases() -> Vec<Scenario> {
    vec![
        Scenario::tests("threads are preempted, wait, end, and leak nothing", "threads")
            .machine(on_virtual_time),
        Scenario::tests("threads leave the simulator's trace under all six policies", "scheduling")
            .machine(on_virtual_time),
        Scenario::tests(
            "threads: a switch waits for the lock or the handler that it can't happen in",
            "deferred_switch",
        )
        .machine(on_virtual_time)
        .seconds(60),
        Scenario::tests("threads: each wake-up reaches the right one in time", "waits")
            .machine(on_virtual_time)
            .seconds(60),
        ends_under_lock("a fault", "exit", "exception 6, invalid opcode").outcome(Outcome::Exception),
        ends_under_lock("a panic", "exit panic", "this panic is wanted").outcome(Outcome::Panicked),
        Scenario::tests("a thread that faults ends alone, by its name", "thread_ends")
            .lines(&[
                "exception 14, page fault",
                "can't read the null page, at 0x8",
                "in thread 1, faulty",
                "exception 6, invalid opcode",
                "in thread 2, confused",
                "stack overflow",
                "can't write the guard page below the stack of thread deep, at 0x*",
                "this panic is wanted",
                "in thread 4, worried",
                "a thread waits for its own end",
                "in thread 5, circular",
            ])
            .machine(on_virtual_time),
        programs_of_the_volume(),
    ]
    .into_iter()
    .chain(started_by_the_monitor())
    .collect()
}

/// Bytecode programs of the boot volume, as threads.
fn programs_of_the_volume() -> Scenario {
    run("threads: programs of the boot volume run side by side", "spawn yielder;spawn worker;ps;wait 2;trace")
        .with_modules()
        .lines(&[
            "*threads run under rr",
            "> spawn yielder",
            "thread 1",
            "thread 2",
            "> ps",
            "number name *",
            "     0 main *running *",
            "     1 yielder *",
            "     2 worker *",
            "[yielder]: 9",
            "thread 2 finished",
            "> trace",
            "t,task,kind",
            "*,worker.2,exit",
            "run: 5 commands, 0 failed",
        ])
}

/// Threads that commands of the monitor start, list and end.
fn started_by_the_monitor() -> Vec<Scenario> {
    vec![
        run("threads: a thread that faults is named, and the monitor continues", "spawn faulty;wait 1;ps")
            .lines(&[
                "exception 14, page fault",
                "in thread 1, faulty",
                "thread 1 raised exception 14, page fault",
                "     0 main *running *",
                "run: 3 commands, 0 failed",
            ]),
        run(
            "threads: srtf doesn't leave the CPU to one that never waits",
            "sched srtf;spawn busy;spawn worker;wait 2;kill 1",
        )
        .with_modules()
        .lines(&["thread 2 finished", "run: 5 commands, 0 failed"]),
        run(
            "threads: one that never waits is killed, whatever the policy",
            "sched mlfq;spawn busy;kill 1;sched rr;spawn busy;kill 2;kill 2;kill 0;wait 0;sched rrr;spawn nothing",
        )
        .lines(&[
            "mlfq",
            "thread 1",
            "rr",
            "thread 2",
            "kill: there is no such thread (any more); `ps` lists them",
            "kill: the first thread can't be ended: it is the kernel's own",
            "wait: that is the thread that would wait: the monitor's own",
            "sched: there is no policy \"rrr\"; did you mean \"rr\"?",
            "/programs/nothing.bin: no such file or directory",
            "run: 11 commands, 5 failed",
        ])
        .outcome(Outcome::Failed),
        run("threads: what is guessed is said to be a guess", "ps;sched srtf;ps").lines(&[
            "number name * switches",
            "srtf, by an estimate of how long each thread will run",
            "number name * switches  estimate",
            "     0 main *",
            "run: 3 commands, 0 failed",
        ]),
    ]
}

/// Nothing can release the lock: it is the end of the machine.
fn ends_under_lock(what: &str, command_line: &str, line: &str) -> Scenario {
    let name = format!("threads: {what} while a lock is held is the end of the machine");
    let command_line = command_line.to_owned();
    Scenario::boot(&name, Kernel::Test("ends_under_lock"))
        .command_line(command_line)
        .lines(&[line, "in thread 1, holder", "backtrace:"])
        .never(&["the thread has ended alone*"])
}
