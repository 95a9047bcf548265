//! The tests that a test kernel has run, read from its serial lines: `test NAME ... `, then, in the same line or in
//! one that comes later, `ok` or `FAILED`.

use super::tally::{Tally, Verdict};
use farjump::output::outln;
/// A line's beginning, and what stands between the name and how it went.
const BEGINNING: &str = "test ";
const DOTS: &str = " ... ";

/// One test of a kernel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct KernelTest {
    name: String,
    /// Whether it passed; `None` for one that neither passed nor failed before the machine ended.
    passed: Option<bool>,
}

/// The tests in a boot's `lines`.
pub(super) fn of_lines<'a>(lines: impl IntoIterator<Item = &'a str>) -> Vec<KernelTest> {
    let mut tests: Vec<KernelTest> = Vec::new();
    for line in lines {
        let begun = line.strip_prefix(BEGINNING).and_then(|line| line.split_once(DOTS));
        let end = begun.map_or(line, |(_, end)| end);
        if let Some((name, _)) = begun.filter(|(name, _)| is_name(name)) {
            tests.push(KernelTest { name: name.to_owned(), passed: None });
        }
        if let (Some(test), Some(passed)) = (tests.last_mut(), result(end)) {
            test.passed.get_or_insert(passed);
        }
    }
    tests
}

/// Prints a line for each of `tests` and counts them. Where `boot` as a whole went as it should, so did each test
/// in it, and a test that was to fail has failed.
pub(super) fn report(tests: &[KernelTest], boot: &str, verdict: &Verdict) -> Tally {
    let as_it_should = matches!(verdict, Verdict::Passed);
    let mut tally = Tally::default();
    for test in tests {
        let end = match (test.passed, as_it_should) {
            (Some(true), _) => "ok",
            (Some(false), true) => "FAILED, as it should",
            (None, true) => "ended the machine, as it should",
            (_, false) => "FAILED",
        };
        outln!("  test {} ... {end}", test.name);
        if as_it_should || test.passed == Some(true) {
            tally.passed += 1;
        } else {
            tally.failed.push(format!("{}, in {boot}", test.name));
        }
    }
    tally
}

/// Whether `text` is a function's name, and not a line of somebody's that begins in the same way.
fn is_name(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|character| character.is_ascii_alphanumeric() || character == '_')
}

fn result(text: &str) -> Option<bool> {
    match text {
        "ok" => Some(true),
        "FAILED" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(lines: &[&str]) -> Vec<(String, Option<bool>)> {
        of_lines(lines.iter().copied()).into_iter().map(|test| (test.name, test.passed)).collect()
    }

    #[test]
    fn a_test_ends_in_its_line_or_in_a_later_one() {
        let lines = [
            "Booting ...",
            "test a ... ok",
            "test b ... ",
            "heap at most: 1 KiB",
            "ok",
            "2 passed, 0 failed",
        ];
        assert_eq!(read(&lines), [("a".to_owned(), Some(true)), ("b".to_owned(), Some(true))]);
    }

    #[test]
    fn a_failure_is_told_from_an_end_in_the_midst() {
        let lines = ["test a ... FAILED", "panicked at x", "0 passed, 1 failed"];
        assert_eq!(read(&lines), [("a".to_owned(), Some(false))]);
        assert_eq!(read(&["test a ... exception 14"]), [("a".to_owned(), None)]);
    }

    #[test]
    fn a_test_that_ends_the_machine_went_as_the_boot_did() {
        let tests = of_lines(["test a ... ok", "test b ... "]);
        let count = |verdict: Verdict| report(&tests, "boot: c", &verdict);
        assert_eq!(count(Verdict::Passed), Tally { passed: 2, ..Tally::default() });
        let late = Verdict::Failed("too late".to_owned());
        let failed = vec!["b, in boot: c".to_owned()];
        assert_eq!(count(late), Tally { passed: 1, failed, skipped: 0 });
    }

    #[test]
    fn other_lines_are_no_tests() {
        assert_eq!(read(&["ok", "test of the screen ... ok", "test ", "FAILED"]), []);
    }
}
