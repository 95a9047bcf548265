//! What the kernel's own operations cost: the lines `bench: NAME INSTRUCTIONS` of tests/kernels/src/bin/bench.rs.
//!
//! Nothing there waits for a device, so the counts are the same on every host.

use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::{Value, json};

use super::budgets::Count;
use farjump::build;
use farjump::image::{ImageSpec, RunDir};
use farjump::qemu::{self, Expectation, Logs, Machine, Outcome, Watch};
use farjump::workspace::Workspace;

/// What such a line starts with, and the last of them.
const PREFIX: &str = "bench: ";
const LAST: &str = "bench: done";

/// What the names of these counts start with, among those of boots.
const SUBJECT: &str = "kernel: ";

/// The kernel may take this long, for the host.
const TIME_LIMIT: Duration = Duration::from_secs(120);

/// Boots the kernel that measures, and returns its counts.
pub(super) fn measure(workspace: &Workspace, offline: bool) -> Result<Vec<Count>> {
    let directory = RunDir::create(workspace)?;
    let kernel = build::kernel(workspace, "test-kernels", "bench", offline)?;
    let image = ImageSpec::new(kernel).output(directory.image()).offline(offline).build(workspace)?;
    let machine = Machine { icount: true, ..Machine::headless(image) };
    let expected = Expectation::new([LAST]);
    let logs = Logs::create(&workspace.target, "bench kernel")?;
    let watch = Watch { expected, time_limit: TIME_LIMIT, stop_when_seen: false, logs };
    let report = qemu::boot(machine, watch, Vec::new(), &mut |_| ())?;
    if report.outcome != Outcome::Success || report.failure.is_some() {
        bail!("{}; its last lines:\n{}", report.outcome, report.last_lines(20));
    }
    counts(report.lines.iter().map(|line| line.text.as_str()))
}

fn counts<'a>(lines: impl Iterator<Item = &'a str>) -> Result<Vec<Count>> {
    let lines = lines.filter(|line| *line != LAST).filter_map(|line| line.strip_prefix(PREFIX));
    let count = |line: &str| {
        let (name, count) = line.rsplit_once(' ').with_context(|| format!("no count: `{line}`"))?;
        let count = count.parse().with_context(|| format!("no number: `{line}`"))?;
        Ok((format!("{SUBJECT}{name}"), count))
    };
    let counts = lines.map(count).collect::<Result<Vec<_>>>()?;
    ensure!(!counts.is_empty(), "the kernel has counted nothing");
    Ok(counts)
}

/// Returns a table with a line for each operation.
pub(super) fn table(counts: &[Count]) -> String {
    let mut text = String::from("instructions\n");
    for (name, count) in counts {
        text += &format!("{:<42}{count:>8}\n", name.trim_start_matches(SUBJECT));
    }
    text
}

/// The same for programs.
pub(super) fn json(counts: &[Count]) -> Value {
    let operation =
        |(name, count): &Count| json!({ "name": name.trim_start_matches(SUBJECT), "instructions": count });
    json!({ "operations": counts.iter().map(operation).collect::<Vec<_>>() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernels_lines_become_counts() {
        let lines = ["loader: x", "bench: heap, 16 bytes, allocate and free 120", "bench: done"];
        let counts = counts(lines.into_iter()).unwrap();
        assert_eq!(counts, [("kernel: heap, 16 bytes, allocate and free".to_owned(), 120)]);
        assert!(
            table(&counts).ends_with("heap, 16 bytes, allocate and free              120\n"),
            "{}",
            table(&counts)
        );
    }

    #[test]
    fn lines_that_make_no_sense_are_told() {
        assert!(counts(["bench: interrupt x"].into_iter()).unwrap_err().to_string().contains("no number"));
        assert!(counts(["bench: done"].into_iter()).unwrap_err().to_string().contains("nothing"));
    }
}
