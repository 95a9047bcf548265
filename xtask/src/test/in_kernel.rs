//! The tests that a test kernel has and has run, read from its serial lines: `test list: NAME NAME`, before the first one
//! runs; then, for each, `test NAME ... ` and, in the same line or in one that comes later, `ok` or `FAILED`.

use super::tally::{Tally, TestResult};
use farjump::output::outln;

/// The prefix of the list of a kernel's tests.
const LIST: &str = "test list:";

/// The prefix of a test's line, and the text between its name and its result.
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

/// Returns the first deviation from a run in which exactly the tests of the kernel's list run and pass.
pub(super) fn shortfall<'a>(lines: impl IntoIterator<Item = &'a str> + Clone) -> Option<String> {
    let mut ran = of_lines(lines.clone()).into_iter();
    let Some(list) = lines.into_iter().find_map(|line| line.strip_prefix(LIST)) else {
        return Some("the kernel printed no list of its tests".to_owned());
    };
    let mut listed = list.split_whitespace().peekable();
    if listed.peek().is_none() {
        return Some("the kernel's list of tests is empty".to_owned());
    }
    for name in listed {
        match ran.next() {
            Some(test) if test.name != name => {
                return Some(format!("the test `{}` ran where `{name}` is on the kernel's list", test.name));
            }
            None => return Some(format!("the test `{name}` didn't run")),
            Some(KernelTest { passed: Some(true), .. }) => {}
            Some(KernelTest { passed: Some(false), .. }) => return Some(format!("the test `{name}` failed")),
            Some(KernelTest { passed: None, .. }) => return Some(format!("the test `{name}` didn't end")),
        }
    }
    ran.next().map(|test| format!("the test `{}` ran and isn't on the kernel's list", test.name))
}

/// Prints a line for each of `tests` and counts them. Where `boot` as a whole went as it should, so did each test
/// in it, and a test that was to fail has failed.
pub(super) fn report(tests: &[KernelTest], boot: &str, verdict: &TestResult) -> Tally {
    let as_it_should = matches!(verdict, TestResult::Passed);
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

/// Returns whether `text` is a function's name, and not another line that begins in the same way.
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
        let count = |verdict: TestResult| report(&tests, "boot: c", &verdict);
        assert_eq!(count(TestResult::Passed), Tally { passed: 2, ..Tally::default() });
        let late = TestResult::Failed("too late".to_owned());
        let failed = vec!["b, in boot: c".to_owned()];
        assert_eq!(count(late), Tally { passed: 1, failed, skipped: 0 });
    }

    #[test]
    fn every_test_on_the_list_has_to_run_and_pass() {
        let shortfall = |lines: &[&str]| shortfall(lines.iter().copied()).unwrap_or_default();
        let (list, a, b) = ("test list: a b", "test a ... ok", "test b ... ok");
        assert_eq!(shortfall(&["Booting ...", list, a, b, "2 passed, 0 failed"]), "");
        assert_eq!(shortfall(&[list, a]), "the test `b` didn't run");
        assert_eq!(shortfall(&[list, b]), "the test `b` ran where `a` is on the kernel's list");
        assert_eq!(shortfall(&[list, a, "test b ... "]), "the test `b` didn't end");
        assert_eq!(shortfall(&[list, a, "test b ... FAILED"]), "the test `b` failed");
        assert_eq!(shortfall(&["test list: a", a, b]), "the test `b` ran and isn't on the kernel's list");
        assert_eq!(shortfall(&[a, b]), "the kernel printed no list of its tests");
        assert_eq!(shortfall(&["test list:", "0 passed, 0 failed"]), "the kernel's list of tests is empty");
    }

    #[test]
    fn other_lines_are_no_tests() {
        assert_eq!(read(&["ok", "test of the screen ... ok", "test ", "FAILED"]), []);
    }
}
