//! Runs scenarios: as many at a time as there are cores, the longest first, and prints a line for each as it ends.

use std::cmp::Reverse;
use std::num::NonZero;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;

use anyhow::Result;

use super::Tally;
use super::expected::Tests;
use super::image_builder::ImageBuilder;
use super::in_kernel::{self, KernelTest};
use super::observe::{Seen, observe};
use super::scenario::{Emulator, Kernel, Media, Scenario};
use super::table::{self, Row};
use super::tally::TestResult;
use farjump::install::Tool;
use farjump::output::outln;
use farjump::qemu::Logs;
use farjump::workspace::Workspace;

/// Most boots that run at the same time, however many cores there are: each takes the memory of its machine.
const MAX_SIDE_BY_SIDE: usize = 8;

/// Runs `scenarios`; in the end prints a table of the faults, expected and observed.
pub(super) fn run(workspace: &Workspace, mut scenarios: Vec<Scenario>, offline: bool) -> Result<Tally> {
    if scenarios.is_empty() {
        return Ok(Tally::default());
    }
    let builder = ImageBuilder::new(workspace, &scenarios, offline)?;
    // At the end the other cores would have nothing else to do; and what is built meanwhile isn't waited for.
    scenarios.sort_by_key(|scenario| (waits_for_build(scenario), Reverse(scenario.time_limit)));
    let queue = Mutex::new(scenarios.iter().enumerate());
    let (tally, rows) = (Mutex::new(Tally::default()), Mutex::new(Vec::new()));
    thread::scope(|scope| {
        scope.spawn(|| builder.build_ahead(&scenarios));
        for _ in 0..side_by_side() {
            scope.spawn(|| {
                while let Some((place, scenario)) = { lock(&queue).next() } {
                    let (result, seen) = judge(scenario, &builder, workspace);
                    let tests = seen.as_ref().map_or(Vec::new(), |seen| kernel_tests(scenario, seen));
                    let mut tally = lock(&tally);
                    result.print(&scenario.name);
                    tally.add(&scenario.name, &result);
                    *tally += in_kernel::report(&tests, &scenario.name, &result);
                    lock(&rows).push((place, Row::new(scenario, &result, seen)));
                }
            });
        }
    });
    let mut rows = rows.into_inner().unwrap_or_else(PoisonError::into_inner);
    rows.sort_by_key(|(place, _)| *place);
    table::print(&rows.into_iter().map(|(_, row)| row).collect::<Vec<_>>());
    outln!("the boots' logs are in {}", Logs::directory(&workspace.target).display());
    Ok(tally.into_inner().unwrap_or_else(PoisonError::into_inner))
}

/// Returns whether something has to be built for it that most others don't need.
fn waits_for_build(scenario: &Scenario) -> bool {
    matches!(&scenario.media, Media::Image(image)
        if image.is_signed || image.has_own_modules || matches!(image.kernel, Kernel::Example(_)))
}

/// Returns how many boots run at the same time: an emulator is one busy thread and a little more.
fn side_by_side() -> usize {
    thread::available_parallelism().map_or(1, NonZero::get).min(MAX_SIDE_BY_SIDE)
}

/// Locks, whatever became of a thread that held it: a test that panicked is a failure of that test alone.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Returns the result of a scenario, and its observations.
fn judge(scenario: &Scenario, builder: &ImageBuilder, workspace: &Workspace) -> (TestResult, Option<Seen>) {
    if scenario.emulator == Emulator::Bochs && Tool::Bochs.find().is_none() {
        let lack = "Bochs isn't installed; `cargo xtask doctor` says how";
        return (TestResult::Skipped(lack.into()), None);
    }
    match observe(workspace, scenario, builder) {
        Err(error) => (TestResult::Failed(format!("{error:#}")), None),
        Ok(seen) => match scenario.expected.failure(&seen) {
            None => (TestResult::Passed, Some(seen)),
            Some(reason) => (TestResult::Failed(reason), Some(seen)),
        },
    }
}

/// Returns the tests that a kernel of tests has run.
fn kernel_tests(scenario: &Scenario, seen: &Seen) -> Vec<KernelTest> {
    if scenario.test_kernel().is_none() && scenario.expected.tests == Tests::Any {
        return Vec::new();
    }
    in_kernel::of_lines(seen.lines.iter().map(|line| line.text.as_str()))
}
