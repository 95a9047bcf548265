//! What became of the mutants, as cargo-mutants' directory has it: a file for each fate, with a line for each mutant.

use std::fmt;
use std::fs;
use std::io;
use std::path::Path;

use anyhow::{Context as _, Result};

/// How many mutants met which fate.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Rates {
    /// A test failed.
    caught: usize,
    /// The tests didn't end.
    timed_out: usize,
    /// It doesn't compile.
    unviable: usize,
    /// All tests passed: place and change of each.
    missed: Vec<String>,
}

impl Rates {
    /// Reads `directory`, which is called `mutants.out`.
    ///
    /// # Errors
    /// A file is there and can't be read.
    pub(super) fn read(directory: &Path) -> Result<Self> {
        let lines = |file: &str| lines(&directory.join(file));
        Ok(Self {
            caught: lines("caught.txt")?.len(),
            timed_out: lines("timeout.txt")?.len(),
            unviable: lines("unviable.txt")?.len(),
            missed: lines("missed.txt")?,
        })
    }

    /// Those that tests could notice.
    pub(super) fn viable(&self) -> usize {
        self.caught + self.timed_out + self.missed.len()
    }

    /// Whole percent of the viable ones that were noticed.
    pub(super) fn percent(&self) -> usize {
        (self.caught + self.timed_out) * 100 / self.viable().max(1)
    }
}

/// A file that isn't there has no lines: cargo-mutants makes each with its first mutant.
fn lines(file: &Path) -> Result<Vec<String>> {
    match fs::read_to_string(file) {
        Ok(text) => Ok(text.lines().map(str::to_owned).collect()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error).with_context(|| format!("{}: can't read it", file.display())),
    }
}

impl fmt::Display for Rates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { caught, timed_out, unviable, missed } = self;
        write!(f, "{caught} caught, {timed_out} timed out, {} missed, {unviable} unviable: ", missed.len())?;
        write!(f, "{} % of {} viable", self.percent(), self.viable())?;
        missed.iter().try_for_each(|mutant| write!(f, "\n  missed: {mutant}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_hangs_is_caught_and_what_does_not_compile_is_not_counted() {
        let directory = tempfile::tempdir().unwrap();
        assert_eq!(Rates::read(directory.path()).unwrap(), Rates::default());
        let files = [("caught.txt", 17), ("timeout.txt", 1), ("unviable.txt", 9)];
        for (file, count) in files {
            fs::write(directory.path().join(file), "src/a.rs:1:1: replace + with -\n".repeat(count)).unwrap();
        }
        fs::write(directory.path().join("missed.txt"), "src/b.rs:2:2: replace < with <=\n").unwrap();
        let rates = Rates::read(directory.path()).unwrap();
        assert_eq!(rates.percent(), 94, "18 of 19 is less than 95 %");
        assert_eq!(
            rates.to_string(),
            "17 caught, 1 timed out, 1 missed, 9 unviable: 94 % of 19 viable\n  missed: src/b.rs:2:2: replace < with <="
        );
    }
}
