//! Boot tests of the way in which test kernels report: which test failed, why, and what wasn't run.

use crate::test::scenario::{Kernel, Scenario};
use farjump::qemu::Outcome;

pub(super) fn cases() -> Vec<Scenario> {
    vec![
        fails(
            "a panic fails the test that it comes in",
            "exit",
            &["panicked at *", "this failure is wanted"],
        ),
        fails(
            "an exception fails the test that it comes in",
            "exit exception",
            &["exception 6, invalid opcode", "in failing::this_one_fails+*"],
        ),
    ]
}

fn fails(name: &str, command_line: &str, report: &[&str]) -> Scenario {
    let start = ["test this_one_passes ... ok", "test this_one_fails ... FAILED"];
    let lines = [&start, report, &["1 passed, 1 failed, 2 not run"]].concat();
    Scenario::boot(name, Kernel::Test("failing"))
        .command_line(command_line)
        .lines(&lines)
        .outcome(Outcome::Failed)
}
