//! Boot tests of the monitor: commands by `run=`.

use super::interrupts::on_virtual_time;
use crate::test::scenario::{Kernel, Scenario};
use farjump::qemu::{Outcome, Typing};

pub(super) fn cases() -> Vec<Scenario> {
    let groups = [overview(), commands(), ends(), typed()];
    groups.into_iter().flatten().chain(FAULTS.iter().map(fault)).collect()
}

/// What the commands print together, and what wrong ones do.
fn overview() -> Vec<Scenario> {
    vec![
        run("monitor: it looks into the kernel", "help;mem;boot;cpu;bt;irq;uptime;date;log warn").lines(&[
            "Kernel: OK",
            "> help",
            "help     [COMMAND]                 list all *",
            "peek     ADDRESS [COUNT]           show *",
            "hexdump  PATH|LBA [OFFSET] [COUNT] show bytes *",
            "> mem",
            "0x000000000000..0x*",
            "RAM: *",
            "frames: *",
            "heap: *",
            "> boot",
            "drive 80h, *",
            "command line: \"run=*",
            "module /modules/kernel.sym, *",
            "reached * us *",
            "stage 2 * 0",
            "> cpu",
            "vendor AuthenticAMD",
            "time stamp counter * kHz, *",
            "features * nx*",
            "> bt",
            "backtrace:",
            "  at farjump_kernel::monitor::*",
            "> irq",
            "controller: *",
            "    32 * IRQ 0 (Timer)",
            "> uptime",
            "up 0 days, 00:00:*",
            "> date",
            "20*-*-* *:*:*",
            "> log warn",
            "log: warn, it was info",
            "run: 9 commands, 0 failed",
        ]),
        run(
            "monitor: wrong commands are told how and fail the run",
            "mme;help bto;mem x;mem map heap;log;log bogus;sched foo;'",
        )
        .lines(&[
            "there is no command \"mme\"; did you mean \"mem\"?; `help` lists all",
            "help: there is no command \"bto\"; did you mean \"bt\"?",
            "mem: there is no part \"x\"",
            "usage: mem [map|frames|heap]: the memory map, *",
            "usage: mem [map|frames|heap]",
            "log: info",
            "log: there is no level \"bogus\"",
            "usage: log [LEVEL]: * off error warn info debug trace",
            "sched: there is no policy \"foo\"",
            "usage: sched [POLICY]: show or set the scheduling policy: fcfs, sjf, srtf, rr, priority or mlfq",
            "a quote isn't closed",
            "run: 8 commands, 7 failed",
        ])
        .outcome(Outcome::Failed),
    ]
}

/// Single commands.
fn commands() -> Vec<Scenario> {
    vec![
        run("monitor: a script asks nothing before a panic", "panic;mem")
            .lines(&["> panic", "panicked at *", "panic requested from the monitor", "backtrace:"])
            .outcome(Outcome::Panicked),
        run("monitor: the date has the century that ACPI's tables lead to", "date")
            .machine(|machine| machine.extra.extend(["-rtc", "base=2115-03-04T05:06:07"].map(String::from)))
            .lines(&["2115-03-04 05:06:*", "run: 1 command, 0 failed"]),
        absurd_command_line(),
        peek_and_poke(),
        Scenario::tests("monitor: bytes in use can be read and not written", "access"),
        bad_addresses(),
        run("monitor: a breakpoint returns", "fault breakpoint;fault 3;mem heap").lines(&[
            "*WARN  farjump_kernel::fault::exception: breakpoint at farjump_kernel::arch::raise::*",
            "> fault 3",
            "*WARN  farjump_kernel::fault::exception: breakpoint at raise_int+*",
            "run: 3 commands, 0 failed",
        ]),
        run("monitor: unknown faults name the nearest", "fault;fault nul;fault 32;fault x")
            .lines(&[
                "null           read the null page: page fault",
                "fault: there is no kind \"nul\"; did you mean \"null\"?",
                "fault: exceptions have the vectors 0 to 31",
                "run: 4 commands, 3 failed",
            ])
            .outcome(Outcome::Failed),
    ]
}

/// Ways to end a run.
fn ends() -> Vec<Scenario> {
    let without_exit = |name: &str, command_line: &'static str| {
        Scenario::boot(name, Kernel::Demo).command_line(command_line)
    };
    vec![
        without_exit("monitor: a script switches the machine off", "run=mem")
            .lines(&["> mem", "run: 1 command, 0 failed"])
            .outcome(Outcome::PoweredOff),
        without_exit("monitor: a script that fails says so without exit", "run=mme")
            .lines(&["> mme", "run: 1 command, 1 failed"])
            .outcome(Outcome::Failed),
        run("monitor: poweroff ends QEMU with status 0", "poweroff;mem")
            .lines(&["> poweroff"])
            .outcome(Outcome::PoweredOff),
        run("monitor: reboot resets the machine", "reboot;mem")
            .lines(&["> reboot"])
            .outcome(Outcome::PoweredOff),
    ]
}

/// What is typed at the prompt.
fn typed() -> Vec<Scenario> {
    vec![
        prompt("monitor: commands come over the serial port")
            .lines(&[
                "> mem heap",
                "heap: *",
                "there is no command \"cup\"; did you mean \"cpu\"?*",
                "log: info",
            ])
            .on(READY, Typing::Serial(b"mem heap\rcup ; log\rpoweroff\r".into())),
        prompt("monitor: commands come from the keyboard").lines(&["> mem heap", "heap: *"]).on(
            READY,
            Typing::Keys(vec![
                "m", "e", "m", "spc", "h", "e", "a", "p", "ret", "p", "o", "w", "e", "r", "o", "f", "f",
                "ret",
            ]),
        ),
        prompt("monitor: a person is asked before a panic, and may say no")
            .lines(&["this ends the run", "panic: not done", "this ends the run", "fault: not done"])
            .on(READY, Typing::Serial(b"panic\rn\rfault null\r\rpoweroff\r".into())),
        prompt("monitor: line noise is survived")
            .lines(&["log: info"])
            .on(READY, Typing::Serial([&noise()[..], b"\x03log\rpoweroff\r"].concat())),
    ]
}

/// What the monitor says when it is ready.
const READY: &str = "`help` lists the commands";

/// The monitor at its prompt; it is to be told `poweroff`.
fn prompt(name: &str) -> Scenario {
    Scenario::boot(name, Kernel::Demo).no_command_line().outcome(Outcome::PoweredOff)
}

/// Every byte eight times, in a row that repeats late.
fn noise() -> Vec<u8> {
    (0..2048_u32).map(|index| (index * 167).to_le_bytes()[0]).filter(|byte| *byte != 0x04).collect()
}

/// What `fault` takes, and the first lines of the report.
const FAULTS: [(&str, &[&str]); 11] = [
    ("null", &["exception 14, page fault", "can't read the null page, at 0x0"]),
    ("unmapped", &["exception 14, page fault", "can't read a page that isn't mapped, at 0x*"]),
    ("write-code", &["exception 14, page fault", "can't write the kernel's code, at 0x*"]),
    ("execute-data", &["exception 14, page fault", "can't execute the boot stack, at 0x*"]),
    ("stack-overflow", &["exception 14, page fault", "stack overflow"]),
    ("non-canonical", &["exception 13, general protection", "no address, for bits 48 to 63 *"]),
    ("divide", &["exception 0, divide error"]),
    ("invalid-opcode", &["exception 6, invalid opcode"]),
    ("double-fault", &["exception 8, double fault"]),
    ("18", &["exception 18, machine check", "in raise_int+*"]),
    ("0x1f", &["exception 31, reserved", "in raise_int+*"]),
];

fn fault((kind, lines): &(&str, &[&str])) -> Scenario {
    let lines = [lines, &["backtrace:"][..]].concat();
    run(&format!("monitor: fault {kind} is reported"), &format!("fault {kind}"))
        .lines(&lines)
        .outcome(Outcome::Exception)
}

/// Near the end of 256 MiB, where all is free.
const FREE: &str = "0xFFFF80000FC00000";

fn peek_and_poke() -> Scenario {
    let commands = [
        format!("poke {FREE} 0x41"),
        format!("peek {FREE} 2"),
        format!("poke {FREE} 0"),
        format!("peek {FREE} 20"),
        "poke 0xFFFF8000000B8000 0x40".into(),
        "peek 0xFFFFFFFF80000000 4".into(),
    ];
    run("monitor: what is poked can be peeked and undone", &commands.join(";")).lines(&[
        "0xffff80000fc00000: 0x00, now 0x41; `poke 0xFFFF80000FC00000 0x00` undoes it",
        "ffff80000fc00000  41 00                                            A.",
        "0xffff80000fc00000: 0x41, now 0x00; *",
        "ffff80000fc00000  00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00  ................",
        "ffff80000fc00010  00 00 00 00                                      ....",
        "0xffff8000000b8000: *",
        "ffffffff80000000  *",
        "run: 6 commands, 0 failed",
    ])
}

fn bad_addresses() -> Scenario {
    let commands = [
        "peek 0",
        "peek 0x8000000000000000",
        "peek 0xFFFFFFFFFFFFFFFF 2",
        "peek 0xFFFFFFFFFFFFFFF0 16",
        "peek 0xFFFFFFFF00000000",
        "peek 0xFFFF8000FEE00000",
        "peek 0xFFFFC00000000000",
        "peek 0xFFFF800000000000 5000",
        "peek x",
        "peek",
        "poke 0xFFFFFFFF80000000 1",
        "poke 0xFFFFFF7FFFFFFF00 1",
        "poke 0xFFFF800000000000 1",
        "poke 0xFFFF80000FC00000 256",
        "poke 4096 1",
        "mem heap",
    ];
    run("monitor: bad addresses are errors and no crash", &commands.join(";"))
        .lines(&[
            "peek: 0x0 isn't mapped",
            "peek: 0x8000000000000000 is no address: bits 48 to 63 aren't as bit 47",
            "peek: address range overflows",
            "peek: 0xfffffffffffffff0 isn't mapped",
            "peek: 0xffffffff00000000 isn't mapped",
            "peek: physical address 0xfee00000 isn't RAM by the memory map: the firmware's or a device's",
            "peek: 0xffffc00000000000 isn't mapped",
            "peek: that is too much: 4096 bytes at most",
            "peek: \"x\": 'x' is in no number: write it like 4096, 0x1000 or 4K",
            "usage: peek ADDRESS [COUNT]",
            "poke: 0xffffffff80000000 is the kernel's read-only data: only free memory and the screen can be written",
            "poke: 0xffffff7fffffff00 is the boot stack: only *",
            "poke: physical address 0x0 isn't RAM by the memory map: *",
            "poke: a byte is 0 to 0xff",
            "poke: 0x1000 isn't mapped",
            "heap: *",
            "run: 16 commands, 15 failed",
        ])
        .outcome(Outcome::Failed)
}

pub(super) fn run(name: &str, commands: &str) -> Scenario {
    let command_line = format!("run=\"{commands}\" exit");
    Scenario::boot(name, Kernel::Demo).command_line(command_line).machine(on_virtual_time)
}

fn absurd_command_line() -> Scenario {
    let junk = "x".repeat(60_000);
    let command_line =
        format!("log=what log=info lgo=debug exit=1 log \"a\"b {junk} ä \u{2603} 1 2 3 run=\"mem exit");
    Scenario::boot("monitor: an absurd command line ends in messages", Kernel::Demo)
        .command_line(command_line)
        .lines(&[
            "*WARN  farjump_kernel::command_line: command line: \"lgo=debug\" is unknown; did you mean \"log\"?",
            "*WARN  farjump_kernel::command_line: command line: \"exit=1\": exit has no value",
            "*WARN  farjump_kernel::command_line: command line: and more that is wrong",
            "Kernel: OK",
            "> \"mem",
            "a quote isn't closed",
        ])
        .outcome(Outcome::Failed)
}
