//! The crates' own tests, by `cargo test`, in the profile that xtask itself is built in.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result};

use super::Tally;
use crate::output::outln;
use crate::workspace::{Workspace, cant_start_cargo, cargo};

/// Runs the tests of the workspace's default members, or those of them that `filter` picks.
pub(super) fn run(workspace: &Workspace, filter: Option<&str>, offline: bool) -> Result<Tally> {
    let mut command = Command::new(cargo());
    command.args(["test", "--quiet", "--no-fail-fast", "--profile", "host"]).current_dir(&workspace.root);
    command.args(offline.then_some("--offline"));
    command.args(filter);
    let mut child = command.stdout(Stdio::piped()).spawn().with_context(cant_start_cargo)?;
    let output = child.stdout.take().context("cargo's output is piped")?;
    let mut tally = Tally::default();
    for line in BufReader::new(output).lines() {
        let line = line.context("cargo's output broke off")?;
        outln!("{line}");
        tally += counts(&line).unwrap_or_default();
    }
    let status = child.wait()?;
    if !status.success() && tally.failed == 0 {
        outln!("test host: the tests build and run to their end ... FAILED\ncargo test ended with {status}");
        tally.failed = 1;
    }
    Ok(tally)
}

/// Reads `test result: ok. 3 passed; 0 failed; ...`. Examples that aren't meant to run aren't counted.
fn counts(line: &str) -> Option<Tally> {
    let (_, counts) = line.strip_prefix("test result: ")?.split_once(". ")?;
    let count = |of: &str| counts.split("; ").find_map(|part| part.strip_suffix(of)?.trim().parse().ok());
    Some(Tally { passed: count("passed")?, failed: count("failed")?, skipped: 0 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_harness_result_line_is_counted() {
        let line = "test result: FAILED. 3 passed; 1 failed; 2 ignored; 0 measured; 9 filtered out; \
                    finished in 0.01s";
        assert_eq!(counts(line), Some(Tally { passed: 3, failed: 1, skipped: 0 }));
    }

    #[test]
    fn other_lines_are_not() {
        assert_eq!(counts("test tests::x ... ok"), None);
        assert_eq!(counts("test result: "), None);
    }
}
