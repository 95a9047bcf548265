//! Boot tests of devices' interrupts, time, and what a person types.

use anyhow::{Result, ensure};

use crate::test::scenario::{Kernel, LeftOut, Scenario};
use farjump::qemu::{Machine, Outcome, SeenLine, Typing};

/// What the kernel `input` prints when it waits for lines.
const READY: &str = "*type now";

pub(super) fn cases() -> Vec<Scenario> {
    let mut cases = time();
    cases.extend(input());
    cases.extend(console());
    cases
}

fn time() -> Vec<Scenario> {
    vec![
        Scenario::tests(
            "ticks and clock keep time with the RTC within 1 %, and no interrupt hangs",
            "interrupts",
        )
        .lines(&["* ticks and * us in 2 s of the RTC", "*[*] WARN  farjump_kernel::interrupts: IRQ 10 *"])
        .machine(on_virtual_time),
        Scenario::tests("timer= sets the timer's rate", "timer_rate")
            .command_line("exit timer=250")
            .lines(&["*a tick every 4000 us"])
            .machine(on_virtual_time),
        absurd_rate("0"),
        absurd_rate("1000000"),
        absurd_rate("fast"),
    ]
}

fn absurd_rate(rate: &str) -> Scenario {
    let command_line = format!("exit timer={rate}");
    let warning =
        format!("[*] WARN  farjump_kernel::time::tick: timer={rate}: no such rate; use 19 to 10000 Hertz. *");
    Scenario::tests(&format!("timer={rate} is refused"), "timer_rate")
        .command_line(command_line)
        .lines(&[&warning, "*a tick every 999 us"])
        .machine(on_virtual_time)
}

/// All clocks of the machine count instructions: the host's load doesn't change what they say of each other.
pub(super) fn on_virtual_time(machine: &mut Machine) {
    machine.icount = true;
    machine.extra.extend(["-rtc", "clock=vm"].map(String::from));
}

fn input() -> Vec<Scenario> {
    let case = |name, lines: &[&str]| Scenario::tests(name, "input").lines(lines);
    let bytes = |bytes: &[u8]| Typing::Serial(bytes.to_vec());
    vec![
        case(
            "what comes over the serial port is a line that can be edited",
            &["line: \"help me\"", "line: \"help me!\"", "interrupted", "line: \"quit\""],
        )
        .on(READY, bytes(b"hxelp\x1B[H\x1B[C\x1B[3~\x05 me\r\n\x1B[A!\nreboot\x03quit\r")),
        case(
            "what is typed on the keyboard is a line that can be edited",
            &["line: \"Help m\"", "line: \"Help m\"", "interrupted", "line: \"quit\""],
        )
        .on(
            READY,
            Typing::Keys(vec![
                "shift-h",
                "e",
                "l",
                "p",
                "spc",
                "m",
                "x",
                "backspace",
                "ret",
                "up",
                "ret",
                "a",
                "ctrl-c",
                "b",
                "ctrl-u",
                "i",
                "t",
                "home",
                "q",
                "u",
                "ret",
            ]),
        ),
        case("a storm of bytes over the serial port is survived", &["interrupted", "line: \"quit\""])
            .on(READY, Typing::Serial(storm(SPECIAL))),
        case("a storm of all pairs of bytes is survived", &["interrupted", "line: \"quit\""])
            .on(READY, Typing::Serial(storm(&Vec::from_iter(0..=u8::MAX))))
            .left_out(LeftOut::Varies),
        case(
            "a storm of scan codes is survived, and what finds no room is counted",
            &["*keys lost: *", "line: \"quit\""],
        )
        .command_line("exit storm")
        .on(READY, bytes(b"\x03quit\r")),
    ]
}

/// Bytes that the line editor treats in a way of their own, and some that it doesn't.
const SPECIAL: &[u8] = b"\x1B[O3~;\r\n\x08\x7F\x03\x15a \xC3\xFF";

/// Every byte after and before each of `first`, and then lines. The host feeds the editor more: `line_editor` in
/// `fuzz/targets`.
fn storm(first: &[u8]) -> Vec<u8> {
    let pairs = first.iter().flat_map(|first| (0..=u8::MAX).map(move |second| [*first, second]));
    let mut bytes: Vec<u8> = pairs.flatten().collect();
    // Ctrl-D ends a line that is empty, and with it the test.
    bytes.retain(|byte| *byte != 0x04);
    bytes.extend(b"\x03quit\r");
    bytes
}

fn console() -> Vec<Scenario> {
    vec![
        Scenario::tests("logging from a fast timer neither hangs nor tears a line", "console")
            .lines(&[
                "<a whole line>",
                "[*] INFO  console: from a breakpoint",
                "from a non-maskable interrupt",
                "[*] INFO  console: <a whole line>",
                "said first",
                "printed after it",
                "console: * bytes or more of its output are lost",
                "*[*] ERROR console: this error must be seen",
                "*[*] TRACE console: this must be seen",
            ])
            .never(&["*this must not be seen*"])
            .machine(on_virtual_time)
            .check(lines_are_whole),
        Scenario::boot("a panic while the console is held is reported", Kernel::Test("panic_in_print"))
            .lines(&[
                "panicked at *",
                "this panic is wanted",
                "kept until the line is through",
                "backtrace:",
                "  at *panic_in_print::*",
            ])
            .outcome(Outcome::Panicked),
    ]
}

/// Each line of the two that print at the same time is whole, and of both there are many.
fn lines_are_whole(lines: &[SeenLine]) -> Result<()> {
    const TEXT: &str = "abcdefghijklmnopqrstuvwxyz";
    let (mut ticks, mut prints) = (0, 0);
    for line in lines.iter().map(|line| line.text.as_str()) {
        let is_tick = line.contains("tick");
        if !is_tick && !line.contains("main") {
            continue;
        }
        let rest = if is_tick {
            line.split_once("] INFO  console: tick ").filter(|(timestamp, _)| timestamp.starts_with('['))
        } else {
            line.split_once("main ").filter(|(before, _)| before.is_empty())
        };
        let number =
            rest.and_then(|(_, rest)| rest.strip_suffix(TEXT)).map(|number| number.trim().parse::<u32>());
        ensure!(matches!(number, Some(Ok(_))), "a torn line: `{line}`");
        *(if is_tick { &mut ticks } else { &mut prints }) += 1;
    }
    ensure!(
        ticks >= 100 && prints >= 200,
        "only {ticks} lines of the timer and {prints} of the main program"
    );
    Ok(())
}
