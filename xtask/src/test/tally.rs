//! The numbers of passed and failed tests, and the names of those that failed.

use farjump::output::outln;
use std::fmt;
use std::ops::AddAssign;

/// What became of tests.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) passed: usize,
    /// The names of those that failed.
    pub(crate) failed: Vec<String>,
    /// Not run, because this machine lacks something that isn't needed otherwise.
    pub(crate) skipped: usize,
}

/// The result of a test.
#[derive(Debug)]
pub(super) enum TestResult {
    Passed,
    /// Why, in as many lines as it takes.
    Failed(String),
    /// What is lacking.
    Skipped(String),
}

impl TestResult {
    /// Prints the test's line, and what there is to say.
    pub(super) fn print(&self, name: &str) {
        match self {
            Self::Passed => outln!("test {name} ... ok"),
            Self::Failed(reason) => outln!("test {name} ... FAILED\n{}", reason.trim_end()),
            Self::Skipped(lack) => outln!("test {name} ... skipped, {lack}"),
        }
    }
}

impl Tally {
    /// Counts a test.
    pub(super) fn add(&mut self, name: &str, verdict: &TestResult) {
        match verdict {
            TestResult::Passed => self.passed += 1,
            TestResult::Failed(_) => self.failed.push(name.to_owned()),
            TestResult::Skipped(_) => self.skipped += 1,
        }
    }
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed.extend(other.failed);
        self.skipped += other.skipped;
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Once more at the end: their own lines are hundreds of lines above.
        for name in &self.failed {
            writeln!(f, "FAILED: {name}")?;
        }
        write!(f, "{} passed, {} failed", self.passed, self.failed.len())?;
        if self.skipped > 0 {
            write!(f, ", {} skipped", self.skipped)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_closing_line_speaks_of_skipped_tests_only_where_there_are_some() {
        let mut tally = Tally { passed: 2, ..Tally::default() };
        assert_eq!(tally.to_string(), "2 passed, 0 failed");
        tally.add("boot: Bochs", &TestResult::Skipped("no Bochs".into()));
        assert_eq!(tally.to_string(), "2 passed, 0 failed, 1 skipped");
    }

    #[test]
    fn what_failed_is_named_at_the_end() {
        let mut tally = Tally::default();
        tally.add("boot: a", &TestResult::Passed);
        tally.add("boot: b", &TestResult::Failed("no line came".into()));
        assert_eq!(tally.to_string(), "FAILED: boot: b\n1 passed, 1 failed");
    }
}
