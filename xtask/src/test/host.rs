//! The crates' own tests, by `cargo test`, in the profile that xtask itself is built in.

use std::io::{BufRead as _, BufReader};
use std::mem;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result};

use super::tally::{Tally, TestResult};
use farjump::output::outln;
use farjump::workspace::{Workspace, cant_start_cargo, cargo};

/// Runs the tests of the workspace's default members, or those of them that `filter` picks.
pub(super) fn run(workspace: &Workspace, filter: Option<&str>, offline: bool) -> Result<Tally> {
    let mut command = Command::new(cargo());
    command.args(["test", "--quiet", "--no-fail-fast", "--profile", "host"]).current_dir(&workspace.root);
    command.args(offline.then_some("--offline"));
    command.args(filter);
    let mut child = command.stdout(Stdio::piped()).spawn().with_context(cant_start_cargo)?;
    let output = child.stdout.take().context("cargo's output is piped")?;
    let mut harness = Harness::default();
    for line in BufReader::new(output).lines() {
        let line = line.context("cargo's output broke off")?;
        if harness.is_worth_a_line(&line) {
            outln!("{line}");
        }
        harness.read(&line);
    }
    let mut tally = harness.tally;
    let status = child.wait()?;
    if !status.success() && tally.failed.is_empty() {
        let name = "host: the tests build and run to their end";
        let verdict = TestResult::Failed(format!("cargo test ended with {status}"));
        verdict.print(name);
        tally.add(name, &verdict);
    }
    Ok(tally)
}

/// What Rust's test harness has printed so far.
#[derive(Debug, Default)]
struct Harness {
    tally: Tally,
    /// The names in the newest list of failures. There are two: one with each test's output comes first.
    failures: Vec<String>,
    /// Whether the newest line was empty, or one of a crate that had no test to run.
    is_silent: bool,
}

impl Harness {
    /// Reads `failures:`, the names that follow it, and `test result: ok. 3 passed; 0 failed; ...`. Examples that
    /// aren't meant to run aren't counted; a test that finds its machine lacking something says so itself, in the words
    /// of [`TestResult::Skipped`].
    fn read(&mut self, line: &str) {
        if line == "failures:" {
            self.failures.clear();
        } else if let Some(name) = line.strip_prefix("    ") {
            self.failures.push(format!("host: {name}"));
        } else if line.starts_with("test ") && line.contains(" ... skipped, ") {
            self.tally.skipped += 1;
        } else if let Some((passed, failed)) = counts(line) {
            // A test may have printed a line that looks like a name.
            let names = self.failures.split_off(self.failures.len().saturating_sub(failed));
            self.tally += Tally { passed, failed: names, skipped: 0 };
            self.failures.clear();
        }
    }

    /// Returns whether `line` is to be printed: crates of which no test runs are passed over, and empty lines but one.
    fn is_worth_a_line(&mut self, line: &str) -> bool {
        let nothing_ran = line == "running 0 tests" || counts(line) == Some((0, 0));
        let was_silent = mem::replace(&mut self.is_silent, nothing_ran || line.is_empty());
        !(nothing_ran || line.is_empty() && was_silent)
    }
}

/// How many passed and failed.
fn counts(line: &str) -> Option<(usize, usize)> {
    let (_, counts) = line.strip_prefix("test result: ")?.split_once(". ")?;
    let count = |of: &str| counts.split("; ").find_map(|part| part.strip_suffix(of)?.trim().parse().ok());
    Some((count("passed")?, count("failed")?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(lines: &[&str]) -> Tally {
        let mut harness = Harness::default();
        lines.iter().for_each(|line| harness.read(line));
        harness.tally
    }

    #[test]
    fn the_harness_result_line_is_counted_and_its_failures_are_named() {
        let lines = [
            "failures:",
            "",
            "---- a::b stdout ----",
            "    printed by the test",
            "failures:",
            "    a::b",
            "",
            "test result: FAILED. 3 passed; 1 failed; 2 ignored; 0 measured; 9 filtered out; finished in 0.01s",
            "test result: ok. 4 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.01s",
        ];
        assert_eq!(read(&lines), Tally { passed: 7, failed: vec!["host: a::b".to_owned()], skipped: 0 });
    }

    #[test]
    fn crates_of_which_no_test_runs_have_no_lines() {
        let result =
            "test result: ok. 0 passed; 0 failed; 0 ignored; 0 measured; 9 filtered out; finished in 0.00s";
        let lines = ["", "running 0 tests", "", result, "", "", "running 1 test", "."];
        let mut harness = Harness::default();
        let shown: Vec<_> = lines.into_iter().filter(|line| harness.is_worth_a_line(line)).collect();
        assert_eq!(shown, ["", "running 1 test", "."]);
    }

    #[test]
    fn a_test_that_lacks_something_is_skipped_and_not_passed() {
        let lines = [
            "test onto_a_disk ... skipped, no loop device can be had",
            "running 2 tests",
            "i.",
            "test result: ok. 1 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.01s",
        ];
        assert_eq!(read(&lines), Tally { passed: 1, failed: vec![], skipped: 1 });
    }

    #[test]
    fn other_lines_are_not() {
        assert_eq!(read(&["test tests::x ... ok", "    x", "test result: "]), Tally::default());
    }
}
