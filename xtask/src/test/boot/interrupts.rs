//! Boot tests of devices' interrupts, time, and what a user types.

use crate::qemu::Machine;
use crate::test::case::{Case, Kernel};

pub(super) fn cases() -> Vec<Case> {
    vec![
        Case::new(
            "ticks and clock keep time with the RTC within 1 %, and no interrupt hangs",
            Kernel::Test("interrupts"),
        )
        .lines(&[
            "* ticks and * us in 2 s of the RTC",
            "*[*] WARN  kernel::interrupts: IRQ 10 *",
            "7 passed, 0 failed",
        ])
        .machine(on_virtual_time),
        Case::new("timer= sets the timer's rate", Kernel::Test("timer_rate"))
            .image(|args| args.cmdline = Some("exit timer=250".into()))
            .lines(&["*a tick every 4000 us", "1 passed, 0 failed"])
            .machine(on_virtual_time),
        absurd_rate("0"),
        absurd_rate("1000000"),
        absurd_rate("fast"),
    ]
}

fn absurd_rate(rate: &str) -> Case {
    let command_line = format!("exit timer={rate}");
    let warning =
        format!("[*] WARN  kernel::time::tick: timer={rate}: no such rate; use 19 to 10000 Hertz. *");
    Case::new(&format!("timer={rate} is refused"), Kernel::Test("timer_rate"))
        .image(|args| args.cmdline = Some(command_line))
        .lines(&[&warning, "*a tick every 999 us", "1 passed, 0 failed"])
        .machine(on_virtual_time)
}

/// All clocks of the machine count instructions: the host's load doesn't change what they say of each other.
fn on_virtual_time(machine: &mut Machine) {
    machine.icount = true;
    machine.extra.extend(["-rtc", "clock=vm"].map(String::from));
}
