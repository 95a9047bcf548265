//! How many tests went how.

use crate::output::outln;
use std::fmt;
use std::ops::AddAssign;

/// Counts of tests.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) passed: usize,
    pub(crate) failed: usize,
    /// Not run, because this machine lacks something that isn't needed otherwise.
    pub(crate) skipped: usize,
}

/// How one test went.
#[derive(Debug)]
pub(super) enum Verdict {
    Passed,
    /// Why, in as many lines as it takes.
    Failed(String),
    /// What is lacking.
    Skipped(String),
}

impl Verdict {
    /// Prints the test's line, and what there is to say.
    pub(super) fn print(&self, name: &str) {
        match self {
            Self::Passed => outln!("test {name} ... ok"),
            Self::Failed(reason) => outln!("test {name} ... FAILED\n{}", reason.trim_end()),
            Self::Skipped(lack) => outln!("test {name} ... skipped, {lack}"),
        }
    }
}

impl AddAssign<&Verdict> for Tally {
    fn add_assign(&mut self, verdict: &Verdict) {
        match verdict {
            Verdict::Passed => self.passed += 1,
            Verdict::Failed(_) => self.failed += 1,
            Verdict::Skipped(_) => self.skipped += 1,
        }
    }
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} passed, {} failed", self.passed, self.failed)?;
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
        let mut tally = Tally { passed: 2, failed: 0, skipped: 0 };
        assert_eq!(tally.to_string(), "2 passed, 0 failed");
        tally += &Verdict::Skipped("no Bochs".into());
        assert_eq!(tally.to_string(), "2 passed, 0 failed, 1 skipped");
    }
}
