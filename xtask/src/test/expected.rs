//! The expected result of a scenario, and its comparison with the observations.

use std::fmt;

use anyhow::Result;
use boot_layout::LOADER_STACK;

use super::in_kernel;
use super::observe::Seen;
use farjump::qemu::{Expectation, Outcome, SeenLine, is_last_word, matches};
use farjump::smoke::KERNEL_OK;

/// A fault must be found within so much of the guest's time, the BIOS's part included.
const MAX_GUEST_MS: u64 = 2000;

/// So much of its stack may the loader use: half of it is in reserve.
const MAX_STACK_BYTES: u64 = (LOADER_STACK.end - LOADER_STACK.start) / 2;

/// How much of the serial log a failure shows.
const SHOWN_LINES: usize = 20;

/// What a boot's lines are to be like, beyond what [`Expectation`] can say.
pub(super) type Check = fn(&[SeenLine]) -> Result<()>;

/// What must come of a scenario.
#[derive(Debug, Clone)]
pub(super) struct Expected {
    /// Lines that must come in their order, and lines that must not come.
    pub(super) lines: Expectation,
    /// Lines that must come, too, wherever that is.
    pub(super) anywhere: Vec<&'static str>,
    pub(super) end: End,
    pub(super) tests: Tests,
    /// Looks at all lines that came.
    pub(super) check: Option<Check>,
}

/// How a scenario must end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum End {
    /// The machine ends in this way.
    Machine(Outcome),
    /// The last word of a stage or the loader begins with this, and the CPU halts with interrupts off, in time.
    Halt(String),
    /// Either the demo kernel boots, or the loader prints an error and halts.
    BootOrHalt,
    /// A line that begins with this, of code that is interpreted and not booted.
    Interpreted(String),
}

/// What must become of the tests in a kernel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tests {
    /// Nothing: the kernel has none, or is to end in one of them.
    Any,
    /// Each test on the kernel's own list runs and passes, and no other runs.
    AllPass,
}

impl Expected {
    /// Expects an end, whatever the lines.
    pub(super) fn new(end: End) -> Self {
        let lines = Expectation::default();
        Self { lines, anywhere: Vec::new(), end, tests: Tests::Any, check: None }
    }

    /// Returns whether the machine is to be ended once all lines have come.
    pub(super) fn stops_when_seen(&self) -> bool {
        self.end == End::Machine(Outcome::Stopped)
    }

    /// Returns whether the CPU is waited for to halt.
    pub(super) fn waits_for_halt(&self) -> bool {
        matches!(self.end, End::Halt(_) | End::BootOrHalt)
    }

    /// Returns what isn't as it should be, with the last lines that came.
    pub(super) fn failure(&self, seen: &Seen) -> Option<String> {
        let reasons = self.reasons(seen);
        if reasons.is_empty() {
            return None;
        }
        let lines = &seen.lines[seen.lines.len().saturating_sub(SHOWN_LINES)..];
        let lines = lines.iter().map(|line| format!("{}\n", line.text)).collect::<String>();
        let reasons: String = reasons.iter().map(|reason| format!("--- {reason}\n")).collect();
        let ms = seen.guest_ms.map_or(String::new(), |ms| format!("--- after {ms} ms of the guest's time\n"));
        let logs = seen.logs.as_ref().map_or(String::new(), |logs| {
            format!("--- logs: {}, {}", logs.serial.display(), logs.qemu.display())
        });
        Some(lines + &reasons + &ms + &logs)
    }

    fn reasons(&self, seen: &Seen) -> Vec<String> {
        let mut reasons: Vec<String> = seen.failure.iter().cloned().collect();
        let missing =
            self.anywhere.iter().filter(|line| !seen.lines.iter().any(|seen| matches(line, &seen.text)));
        reasons.extend(missing.map(|line| format!("the line `{line}` didn't come")));
        reasons.extend(self.end.reason(seen));
        if self.tests == Tests::AllPass {
            reasons.extend(in_kernel::shortfall(seen.lines.iter().map(|line| line.text.as_str())));
        }
        if let (true, Some(check)) = (reasons.is_empty(), self.check) {
            reasons.extend(check(&seen.lines).err().map(|error| format!("{error:#}")));
        }
        reasons
    }
}

impl End {
    fn reason(&self, seen: &Seen) -> Option<String> {
        match self {
            Self::Machine(wanted) if seen.outcome == *wanted => None,
            Self::Machine(wanted) => Some(format!("wanted: {wanted}; but {}", seen.outcome)),
            Self::Halt(line) => {
                Self::halt_reason(line, seen).map(|reason| format!("{reason}; {}", seen.outcome))
            }
            Self::BootOrHalt if seen.gave_up_with_message() => Self::halt_reason("", seen).map(str::to_owned),
            Self::BootOrHalt if seen.has_booted() => None,
            Self::BootOrHalt => Some(format!("it neither booted nor said why; {}", seen.outcome)),
            Self::Interpreted(line) if begins(line, &seen.line) => None,
            Self::Interpreted(line) => Some(format!("`{line}` was to come, and not `{}`", seen.line)),
        }
    }

    fn halt_reason(line: &str, seen: &Seen) -> Option<&'static str> {
        Some(match () {
            () if !begins(line, &seen.line) => "another last line",
            () if !seen.gave_up_with_message() => "no error was printed",
            () if !seen.has_halted => "the CPU didn't halt with interrupts off",
            () if !seen.has_a20 => "A20 was off in the end",
            () if seen.bad_lba.is_some_and(|lba| !seen.names(lba)) => "another sector is named",
            () if seen.stack_bytes > MAX_STACK_BYTES => "the loader's stack is too small",
            () if seen.guest_ms.is_none_or(|ms| ms > MAX_GUEST_MS) => "found too late",
            () => return None,
        })
    }
}

impl Seen {
    /// Returns whether a stage or the loader gave up with a message.
    fn gave_up_with_message(&self) -> bool {
        self.outcome == Outcome::GaveUp && is_last_word(&self.line)
    }

    /// Returns whether the line names this sector, where its stage has room for a number.
    fn names(&self, lba: u64) -> bool {
        !self.line.starts_with("loader: ") || self.line.contains(&format!(" at LBA {lba}, AH="))
    }

    /// Returns whether the demo kernel ran and reported success.
    pub(super) fn has_booted(&self) -> bool {
        self.outcome == Outcome::Success && self.line == KERNEL_OK
    }
}

/// Returns whether `line` begins with `pattern`, where `*` matches any text.
fn begins(pattern: &str, line: &str) -> bool {
    matches(&format!("{pattern}*"), line)
}

/// What a table says: the line, and the end after it.
impl fmt::Display for Expected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let line = self.lines.lines().first().map_or("", |line| line.trim_end_matches('*'));
        match &self.end {
            End::Halt(line) if line.is_empty() => f.write_str("an error and halt"),
            End::Halt(line) => write!(f, "{line} ..., halt"),
            End::BootOrHalt => f.write_str("an error and halt, or boot"),
            End::Interpreted(line) => write!(f, "{line} ..., interpreted"),
            End::Machine(_) if self.tests == Tests::AllPass => f.write_str("all tests pass"),
            End::Machine(Outcome::Success) => write!(f, "{line} ..., boot"),
            End::Machine(_) => write!(f, "{line} ..., failure"),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn seen(lines: &[&str], outcome: Outcome) -> Seen {
        let line =
            |text: &&str| SeenLine { after: Duration::ZERO, text: (*text).to_owned(), expected: false };
        let last = lines.last().map_or(String::new(), |line| (*line).to_owned());
        let gave_up = outcome == Outcome::GaveUp;
        Seen {
            has_halted: gave_up,
            has_a20: true,
            guest_ms: Some(10),
            lines: lines.iter().map(line).collect(),
            ..Seen::new(last, outcome)
        }
    }

    fn reasons(end: End, seen: &Seen) -> Vec<String> {
        Expected::new(end).reasons(seen)
    }

    #[test]
    fn an_error_and_a_halt_in_time_is_what_a_fault_needs() {
        let halt = || End::Halt("loader: error: /kernel.elf: ".to_owned());
        let good = seen(&["loader: error: /kernel.elf: no such file"], Outcome::GaveUp);
        assert!(reasons(halt(), &good).is_empty());
        let other = |change: fn(&mut Seen)| {
            let mut seen = good.clone();
            change(&mut seen);
            reasons(halt(), &seen).join("")
        };
        assert!(other(|seen| seen.has_halted = false).starts_with("the CPU didn't halt"));
        assert!(other(|seen| seen.has_a20 = false).starts_with("A20 was off"));
        assert!(other(|seen| seen.guest_ms = Some(MAX_GUEST_MS + 1)).starts_with("found too late"));
        assert!(other(|seen| seen.guest_ms = None).starts_with("found too late"));
        assert!(other(|seen| seen.stack_bytes = MAX_STACK_BYTES + 1).starts_with("the loader's stack"));
        assert!(other(|seen| seen.bad_lba = Some(7)).starts_with("another sector is named"));
        assert!(
            other(|seen| seen.line = "loader: error: memory".to_owned()).starts_with("another last line")
        );
        assert!(other(|seen| seen.outcome = Outcome::TimedOut).starts_with("no error was printed"));
    }

    #[test]
    fn a_harmless_fault_boots_or_is_found_and_nothing_else() {
        assert!(reasons(End::BootOrHalt, &seen(&[KERNEL_OK], Outcome::Success)).is_empty());
        assert!(reasons(End::BootOrHalt, &seen(&["loader: error: memory"], Outcome::GaveUp)).is_empty());
        assert_eq!(
            reasons(End::BootOrHalt, &seen(&["64-bit Long mode: Enabled"], Outcome::TimedOut)).len(),
            1
        );
        assert_eq!(reasons(End::BootOrHalt, &seen(&[KERNEL_OK], Outcome::Failed)).len(), 1);
    }

    #[test]
    fn a_test_that_was_lost_fails_a_boot_that_reports_success() {
        let expected = Expected { tests: Tests::AllPass, ..Expected::new(End::Machine(Outcome::Success)) };
        let lines = ["test list: a b", "test a ... ok", "test b ... ok", "2 passed, 0 failed"];
        assert_eq!(expected.failure(&seen(&lines, Outcome::Success)), None);
        let lost = expected.failure(&seen(&["test list: a b", "test a ... ok"], Outcome::Success)).unwrap();
        assert!(lost.contains("--- the test `b` didn't run"), "{lost}");
    }

    #[test]
    fn a_line_that_may_come_anywhere_must_come() {
        let expected = Expected { anywhere: vec!["b*"], ..Expected::new(End::Machine(Outcome::Success)) };
        assert_eq!(expected.failure(&seen(&["bc", "a"], Outcome::Success)), None);
        assert!(
            expected.failure(&seen(&["a"], Outcome::Success)).unwrap().contains("the line `b*` didn't come")
        );
    }
}
