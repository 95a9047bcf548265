//! Boot tests of the monitor: commands by `run=`.

use crate::qemu::Outcome;
use crate::test::case::{Case, Kernel};

pub(super) fn cases() -> Vec<Case> {
    vec![
        run("monitor: it looks into the kernel", "help;mem;boot;cpu;bt;log warn").lines(&[
            "Kernel: OK",
            "> help",
            "help     [COMMAND] *",
            "> mem",
            "0x000000000000..0x*",
            "RAM: *",
            "frames: *",
            "heap: *",
            "> boot",
            "drive 80h, *",
            "command line: \"run=*",
            "module /modules/kernel.sym, *",
            "reached *",
            "stage 2 *",
            "> cpu",
            "vendor AuthenticAMD",
            "> bt",
            "backtrace:",
            "  at kernel::monitor::*",
            "> log warn",
            "log: warn, it was info",
            "run: 6 commands, 0 failed",
        ]),
        run("monitor: wrong commands are told how and fail the run", "mme;help bto;mem x;mem map heap;log;'")
            .lines(&[
                "there is no command \"mme\"; did you mean \"mem\"?; `help` lists all",
                "help: there is no command \"bto\"; did you mean \"bt\"?",
                "mem: there is no part \"x\"",
                "usage: mem [map|frames|heap]",
                "log: info",
                "a quote isn't closed",
                "run: 6 commands, 5 failed",
            ])
            .outcome(Outcome::Failed),
        run("monitor: a script asks nothing before a panic", "panic;mem")
            .lines(&["> panic", "panicked at *", "somebody has typed `panic`", "backtrace:"])
            .outcome(Outcome::Panicked),
        absurd_command_line(),
    ]
}

fn run(name: &str, commands: &str) -> Case {
    let command_line = format!("run=\"{commands}\" exit");
    Case::new(name, Kernel::Shown).image(|args| args.cmdline = Some(command_line))
}

fn absurd_command_line() -> Case {
    let junk = "x".repeat(60_000);
    let command_line =
        format!("log=what log=info lgo=debug exit=1 log \"a\"b {junk} ä \u{2603} 1 2 3 run=\"mem exit");
    Case::new("monitor: an absurd command line ends in messages", Kernel::Shown)
        .image(|args| args.cmdline = Some(command_line))
        .lines(&[
            "WARN  kernel::command_line: command line: \"lgo=debug\" is unknown; did you mean \"log\"?",
            "WARN  kernel::command_line: command line: \"exit=1\": exit has no value",
            "WARN  kernel::command_line: command line: and more that is wrong",
            "Kernel: OK",
            "> \"mem",
            "a quote isn't closed",
        ])
        .outcome(Outcome::Failed)
}
