//! Watches a boot: lines against what is expected, the clock against the time limit, and the end.

use std::net::TcpListener;
use std::process::{Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};

use super::key_injector::KeyInjector;
#[cfg(unix)]
use super::line::{Line, Pace};
use super::serial;
use super::{Child, Expectation, Logs, Machine, Outcome, Qmp, SerialPort, Trigger, accept, comma_escaped};

/// How long a machine may take to end by itself once everything was seen, and QEMU to end once its output has.
const GRACE: Duration = Duration::from_secs(1);

/// How often a silent emulator is looked at: one whose lines come by way of a file may have died.
const LOOK_INTERVAL: Duration = Duration::from_millis(250);

/// Lines kept of a boot: one that talks without an end doesn't fill the memory.
const KEPT_LINES: usize = 10_000;

/// Whether `line` is one after which a stage or the loader halts.
#[must_use]
pub fn is_last_word(line: &str) -> bool {
    let begins = ["loader: error: ", "stage2: "].iter().any(|beginning| line.starts_with(beginning));
    begins || line.ends_with(" Disk error!") || line == "No Stage2"
}

/// What is watched for.
#[derive(Debug, Clone)]
pub struct Watch {
    /// Lines that must come.
    pub expected: Expectation,
    /// When the machine is ended, counted from when it was let go.
    pub time_limit: Duration,
    /// End the machine when the last expected line has come and it doesn't end by itself.
    pub stop_when_seen: bool,
    /// The boot's logs.
    pub logs: Logs,
}

/// A line and when it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenLine {
    /// Time since the machine was let go.
    pub after: Duration,
    /// The line.
    pub text: String,
    /// Whether it is one that was expected.
    pub expected: bool,
}

/// What was seen of a boot.
#[derive(Debug, Clone)]
pub struct Report {
    /// How it ended.
    pub outcome: Outcome,
    /// Its lines, the last 10,000 at most.
    pub lines: Vec<SeenLine>,
    /// What the lines lack.
    pub failure: Option<String>,
    /// Where its logs are.
    pub logs: Logs,
}

impl Report {
    /// The last `count` lines, each with its end.
    #[must_use]
    pub fn last_lines(&self, count: usize) -> String {
        let start = self.lines.len().saturating_sub(count);
        self.lines[start..].iter().map(|line| format!("{}\n", line.text)).collect()
    }
}

/// Boots `machine` headless and watches it to the end; `on_line` sees each line as it comes, and `triggers` list what
/// is typed after which line.
///
/// The machine is started paused and let go through its monitor, so that the lines' times count from the
/// CPU's reset. Without `-icount`, that is the guest's own clock: QEMU's virtual time is the host's
/// monotonic clock, less the time in which the machine was paused.
pub fn boot(
    machine: Machine,
    watch: Watch,
    triggers: Vec<Trigger>,
    on_line: &mut dyn FnMut(&SeenLine),
) -> Result<Report> {
    boot_with_monitor(machine, watch, triggers, &mut |line, _| on_line(line))
}

/// The same; `on_line` may ask the machine's monitor, too.
pub fn boot_with_monitor(
    machine: Machine,
    watch: Watch,
    triggers: Vec<Trigger>,
    on_line: &mut dyn FnMut(&SeenLine, &mut Qmp),
) -> Result<Report> {
    let calls = TcpListener::bind("127.0.0.1:0")?;
    let machine = Machine {
        headless: true,
        serial: if machine.serial == SerialPort::Log { SerialPort::Stdio } else { machine.serial },
        paused: true,
        monitor: Some(calls.local_addr()?),
        ..machine
    };
    let mut command = Command::new(crate::install::qemu_program());
    let stdin = if triggers.is_empty() { Stdio::null() } else { Stdio::piped() };
    command.args(machine.arguments(&watch.logs)?).stdin(stdin).stdout(Stdio::piped());
    #[cfg(unix)]
    let line = paced_line(machine.serial, &watch.logs, &mut command)?;
    let mut child = Child::start(&mut command)?;
    let mut monitor = Qmp::new(accept(&calls, &mut child)?)?;
    let mut key_injector = KeyInjector::new(triggers, child.take_stdin());
    let mut typed = Ok(());
    let stdout = child.take_stdout().context("QEMU's output is piped")?;
    #[cfg(unix)]
    let lines = match line {
        Some((line, pace)) => serial::lines(line.read(pace)?, false),
        None => serial::lines(stdout, false),
    };
    #[cfg(not(unix))]
    let lines = serial::lines(stdout, false);
    let started = Instant::now();
    monitor.resume()?;
    let report = self::watch(&mut child, &lines, started, watch, &mut |line| {
        on_line(line, &mut monitor);
        if typed.is_ok() {
            typed = key_injector.hear(&line.text, &mut monitor);
        }
    });
    typed.and(report)
}

/// Has QEMU connect COM1 to a line of ours, if the machine has one.
#[cfg(unix)]
fn paced_line(serial: SerialPort, logs: &Logs, command: &mut Command) -> Result<Option<(Line, Pace)>> {
    let SerialPort::Line(pace) = serial else { return Ok(None) };
    let line = Line::new()?;
    let (path, log) = (comma_escaped(line.path()), comma_escaped(&logs.serial));
    let socket = format!("socket,id=com1,path={path},logfile={log}");
    command.args(["-chardev", &socket, "-serial", "chardev:com1"]);
    Ok(Some((line, pace)))
}

/// Watches `child`, whose machine was let go at `started`, to its end.
pub fn watch(
    child: &mut Child,
    lines: &Receiver<serial::Line>,
    started: Instant,
    mut watch: Watch,
    on_line: &mut dyn FnMut(&SeenLine),
) -> Result<Report> {
    let mut deadline = started + watch.time_limit;
    let mut seen = Vec::new();
    let mut gave_up = false;
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        match lines.recv_timeout(left.min(LOOK_INTERVAL)) {
            Ok(line) => {
                let expected = watch.expected.take(&line.text);
                let after = line.at.saturating_duration_since(started);
                let line = SeenLine { after, text: line.text, expected };
                on_line(&line);
                // Nothing follows it but more of the same message.
                if is_last_word(&line.text) {
                    gave_up = true;
                    deadline = deadline.min(Instant::now() + GRACE);
                }
                keep(&mut seen, line);
                if expected && watch.stop_when_seen && watch.expected.is_fulfilled() {
                    deadline = deadline.min(Instant::now() + GRACE);
                }
            }
            Err(RecvTimeoutError::Timeout) if left.is_zero() || child.status()?.is_some() => break,
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => {
                // The end of the output is most often QEMU's own, a moment before its status can be had.
                deadline = deadline.max(Instant::now() + GRACE);
                break;
            }
        }
    }
    let ended_by_us = match () {
        () if watch.stop_when_seen && watch.expected.is_fulfilled() => Outcome::Stopped,
        () if gave_up => Outcome::GaveUp,
        () => Outcome::TimedOut,
    };
    let outcome = outcome(child, deadline, ended_by_us, &watch.logs)?;
    Ok(Report { outcome, lines: seen, failure: watch.expected.failure(), logs: watch.logs })
}

fn keep(lines: &mut Vec<SeenLine>, line: SeenLine) {
    if lines.len() == KEPT_LINES {
        lines.remove(0);
    }
    lines.push(line);
}

/// Waits for the end until `deadline`, then makes one, which is `ended_by_us`.
fn outcome(child: &mut Child, deadline: Instant, ended_by_us: Outcome, logs: &Logs) -> Result<Outcome> {
    let status = child.wait_until(deadline)?;
    child.kill();
    Ok(match status {
        // QEMU was told to end, because enough had been seen.
        Some(status) if status.success() && ended_by_us == Outcome::GaveUp => ended_by_us,
        Some(status) => Outcome::of_status(status, logs.tell_of_triple_fault(), child.errors()),
        None => ended_by_us,
    })
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use super::*;

    /// For what ends before it: far more than any of it takes.
    const LONG: Duration = Duration::from_secs(50);

    /// For what only the time limit ends: enough for a shell to start on a busy machine.
    const SHORT: Duration = Duration::from_secs(3);

    /// What is seen of a shell script that stands in for QEMU.
    fn report(script: &str, expected: &[&str], stop_when_seen: bool, time_limit: Duration) -> Report {
        let directory = tempfile::tempdir().unwrap();
        let logs = Logs::create(directory.path(), "watch").unwrap();
        let mut command = Command::new("sh");
        let mut child = Child::start(command.args(["-c", script]).stdout(Stdio::piped())).unwrap();
        let lines = serial::lines(child.take_stdout().unwrap(), false);
        let expected = Expectation::new(expected.iter().copied());
        let watch = Watch { expected, time_limit, stop_when_seen, logs };
        super::watch(&mut child, &lines, Instant::now(), watch, &mut |_| ()).unwrap()
    }

    #[test]
    fn an_end_with_the_kernels_status_is_success() {
        let report = report("echo a; echo b; exit 33", &["a", "b"], false, LONG);
        assert_eq!(report.outcome, Outcome::Success);
        assert_eq!(report.failure, None);
        assert_eq!(report.last_lines(1), "b\n");
    }

    #[test]
    fn a_machine_that_hangs_is_ended_at_the_time_limit() {
        let report = report("echo a; exec sleep 60", &["a", "b"], false, SHORT);
        assert_eq!(report.outcome, Outcome::TimedOut);
        assert!(report.failure.unwrap().contains("`b` didn't come after `a`"));
    }

    #[test]
    fn a_machine_that_halts_is_ended_when_all_was_seen() {
        assert_eq!(report("echo a; exec sleep 60", &["a"], true, LONG).outcome, Outcome::Stopped);
    }

    #[test]
    fn a_loader_that_gave_up_is_not_waited_for() {
        for line in
            ["loader: error: memory: none", "stage2: A20: it stays off", "04 Disk error!", "No Stage2"]
        {
            let started = Instant::now();
            let report = self::report(&format!("echo '{line}'; exec sleep 60"), &["b"], false, LONG);
            assert_eq!(report.outcome, Outcome::GaveUp, "{line}");
            assert!(started.elapsed() < LONG / 2);
        }
    }

    #[test]
    fn a_dead_emulator_leaves_its_last_words() {
        let report = report("echo no such disk >&2; exit 1", &["a"], false, LONG);
        assert!(report.outcome.to_string().ends_with("1: no such disk"), "{}", report.outcome);
    }
}
