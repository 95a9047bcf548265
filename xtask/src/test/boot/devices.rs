//! Boot tests of what QEMU's usual machine hides: serial lines as slow as real ones, no interval timer, errors of the
//! hardware.

use super::monitor::run;
use crate::test::scenario::{Kernel, Scenario};
use farjump::qemu::{Disk, Machine, Outcome, Typing};
#[cfg(unix)]
use farjump::qemu::{Pace, SeenLine, SerialPort};

pub(super) fn cases() -> Vec<Scenario> {
    let mut cases = timers();
    #[cfg(unix)]
    cases.extend(lines());
    cases.push(machine_check());
    cases
}

/// A reader that stops, at the end of its patience for good.
#[cfg(unix)]
fn lines() -> Vec<Scenario> {
    use std::time::Duration;

    let on_line =
        |case: Scenario, pace: Pace| case.machine(|machine| machine.serial = SerialPort::Line(pace));
    let serial_line = |name: &str, test: &str| {
        let command_line = format!("exit test={test}");
        Scenario::tests(name, "serial_line").command_line(command_line)
    };
    vec![
        on_line(
            // In real time, as the reader's.
            Scenario::boot(
                "devices: a serial line that stops for good doesn't stop the kernel",
                Kernel::Demo,
            )
            .command_line("exit run=\"help;mem map;help;mem map;help;mem map;help\"")
            .lines(&["Booting ...", "Kernel: OK"]),
            Pace { pause: Some((STOP_AFTER, None)), ..Pace::default() },
        )
        .check(nothing_came_after_the_stop),
        on_line(
            serial_line("devices: output continues after a serial line has stalled", "pause").lines(&[
                "line    0 *",
                "console: the serial line stood still, and * bytes are lost",
                "* lines",
            ]),
            Pace { pause: Some((STOP_AFTER, Some(Duration::from_secs(3)))), ..Pace::default() },
        )
        .check(numbers_go_up),
        on_line(
            serial_line("devices: at a real line's speed nothing is lost, and ticks keep time", "speed")
                .lines(&["* ms, * ticks, * interrupts"]),
            Pace { bytes_per_second: Some(11_520), ..Pace::default() },
        )
        .check(all_numbers_come),
    ]
}

/// Bytes after which the reader stops.
#[cfg(unix)]
const STOP_AFTER: usize = 3000;

#[cfg(unix)]
fn nothing_came_after_the_stop(lines: &[SeenLine]) -> anyhow::Result<()> {
    let bytes: usize = lines.iter().map(|line| line.text.len() + 2).sum();
    anyhow::ensure!(bytes <= STOP_AFTER + 2, "{bytes} bytes came: the reader didn't stop");
    Ok(())
}

/// The numbers of the lines that `serial_line` prints; those that were cut off by a pause aren't among them.
#[cfg(unix)]
fn numbers(lines: &[SeenLine]) -> Vec<u32> {
    const LINE_LENGTH: usize = 62;
    let whole = lines.iter().filter(|line| line.text.len() == LINE_LENGTH);
    whole.filter_map(|line| line.text.strip_prefix("line ")?.get(..4)?.trim().parse().ok()).collect()
}

#[cfg(unix)]
fn numbers_go_up(lines: &[SeenLine]) -> anyhow::Result<()> {
    let numbers = numbers(lines);
    anyhow::ensure!(numbers.is_sorted_by(|a, b| a < b), "lines came out of order: {numbers:?}");
    anyhow::ensure!(numbers.windows(2).any(|pair| pair[1] > pair[0] + 1), "the line never stood still");
    Ok(())
}

#[cfg(unix)]
fn all_numbers_come(lines: &[SeenLine]) -> anyhow::Result<()> {
    let numbers = numbers(lines);
    anyhow::ensure!(numbers == Vec::from_iter(0..540), "lines are lost or out of order: {numbers:?}");
    Ok(())
}

const NO_TICK: &str = "[*] ERROR farjump_kernel::time::source: the interval timer doesn't interrupt: *";
const BY_LOCAL_APIC: &str = "[*] WARN  farjump_kernel::time::source: ticks come from the local APIC's timer";

fn timers() -> Vec<Scenario> {
    let script = |name: &str, commands: &str| {
        run(&format!("devices: without an interval timer {name}"), commands)
            .with_modules()
            .machine(without_interval_timer)
    };
    let waited = [NO_TICK, BY_LOCAL_APIC, "thread 1 finished", "run: 3 commands, 0 failed"];
    vec![
        script("the local APIC's ticks", WAITS).lines(&waited),
        // Without the programs: the kernel has no driver of a q35's disks.
        script("a q35's threads are preempted", "spawn busy;spawn faulty;wait 2;kill 1")
            .lines(&[
                NO_TICK,
                BY_LOCAL_APIC,
                "thread 2 raised exception 14, page fault",
                "run: 4 commands, 0 failed",
            ])
            .machine(|machine| machine.disk = Disk::Ahci),
        script("the local APIC's ticks beside the 8259s", WAITS)
            .command_line(format!("exit irq=pic run=\"{WAITS}\""))
            .lines(&waited),
        script("threads are preempted", "spawn busy;spawn worker;wait 2;kill 1").lines(&[
            BY_LOCAL_APIC,
            "thread 2 finished",
            "run: 4 commands, 0 failed",
        ]),
        script("and a local APIC it is said, and waits still end", WAITS)
            .lines(&[
                NO_TICK,
                "[*] ERROR farjump_kernel::time::source: no other timer: the CPU has no local APIC",
                "[*] ERROR farjump_kernel::time::source: no timer interrupts: *",
                "thread 1 finished",
                "run: 3 commands, 0 failed",
            ])
            .machine(|machine| machine.cpu = Some("qemu64,-apic".into())),
        Scenario::boot(
            "devices: a timer whose line isn't where the tables say comes by the 8259",
            Kernel::Test("apic_choice"),
        )
        .command_line("exit firmware=wrong-line")
        .lines(&[
            "*interrupts come through the I/O APIC",
            NO_TICK,
            "[*] WARN  farjump_kernel::time::source: ticks come from the interval timer, by the 8259",
            "interrupts come",
        ]),
        Scenario::tests("devices: the local APIC's ticks keep time with the RTC", "interrupts")
            .lines(&[BY_LOCAL_APIC, "* ticks and * us in 2 s of the RTC"])
            .machine(super::interrupts::on_virtual_time)
            .machine(without_interval_timer),
    ]
}

const WAITS: &str = "spawn worker;wait 1;ps";

fn without_interval_timer(machine: &mut Machine) {
    machine.extra.extend(["-machine", "pit=off"].map(String::from));
}

/// Bank 1, uncorrected, with an address, injected while the kernel waits at its prompt.
fn machine_check() -> Scenario {
    Scenario::boot("devices: a machine check is reported with its bank", Kernel::Demo)
        .command_line("")
        .on("Kernel: OK", Typing::Monitor("mce 0 1 0xbd00000000000000 0x5 0x12345000 0x8c"))
        .lines(&[
            "Kernel: OK",
            "exception 18, machine check",
            "mcg_status 0x5",
            "bank 1: status 0xbd00000000000000: uncorrected error, code 0x0, address 0x12345000, misc 0x8c",
            "in *",
            "backtrace:",
        ])
        .outcome(Outcome::Stopped)
}
