//! What the faults came to: a table, the depth of the loader's stack, and how many flipped bits were found.

use farjump::output::outln;

use super::faults::flips;
use super::observe::Seen;
use super::scenario::Scenario;
use super::tally::TestResult;

/// The group that has a table.
const GROUP: &str = "faults: ";

/// A row of the table.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) name: String,
    expected: String,
    seen: Option<Seen>,
    pub(super) has_failed: bool,
}

impl Row {
    /// Makes one of a scenario that has run.
    pub(super) fn new(scenario: &Scenario, result: &TestResult, seen: Option<Seen>) -> Self {
        let has_failed = matches!(result, TestResult::Failed(_));
        Self { name: scenario.name.clone(), expected: scenario.expected.to_string(), seen, has_failed }
    }

    /// Returns whether the demo kernel ran.
    pub(super) fn has_booted(&self) -> bool {
        self.seen.as_ref().is_some_and(Seen::has_booted)
    }
}

/// Prints those of `rows` that are faults, if there are any, and what they come to.
pub(super) fn print(rows: &[Row]) {
    let rows: Vec<_> = rows.iter().filter(|row| row.name.starts_with(GROUP)).collect();
    if rows.is_empty() {
        return;
    }
    outln!("{:<62} | {:<58} | {:>5} | seen", "case", "expected", "ms");
    for row in &rows {
        let (ms, line) = match &row.seen {
            Some(seen) => (seen.guest_ms.map_or("-".to_owned(), |ms| ms.to_string()), seen.line.as_str()),
            None => ("-".to_owned(), "-"),
        };
        let name = row.name.trim_start_matches(GROUP);
        outln!("{name:<62} | {:<58} | {ms:>5} | {line}", row.expected);
    }
    let depths = rows.iter().filter_map(|row| Some((row.seen.as_ref()?.stack_bytes, &row.name)));
    if let Some((bytes @ 1.., name)) = depths.max() {
        outln!("the loader's stack: {bytes} bytes at most, by {name}");
    }
    flips::print_summary(&rows);
}
