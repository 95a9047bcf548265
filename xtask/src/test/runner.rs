//! Runs boot tests: builds what each boots, as many at a time in the emulators as there are cores, and judges.

mod factory;
mod own_kernel;

use std::fs;
use std::num::NonZero;
use std::sync::{Mutex, PoisonError};
use std::thread;

use anyhow::Result;

use super::Tally;
use super::case::{Case, Emulator};
use super::in_kernel::{self, KernelTest};
use super::tally::Verdict;
use crate::bochs;
use factory::Factory;
use farjump::install::Tool;
use farjump::output::outln;
use farjump::qemu::{self, Logs, Machine, Report, Watch};
use farjump::temporary;
use farjump::workspace::Workspace;

/// Most boots that run at the same time, however many cores there are: each takes the memory of its machine.
const MOST_SIDE_BY_SIDE: usize = 8;

/// How much of the serial log a failure shows.
const SHOWN_LINES: usize = 20;

/// Runs `cases` and prints a line for each as it ends.
pub(super) fn run(workspace: &Workspace, cases: Vec<Case>, offline: bool) -> Result<Tally> {
    if cases.is_empty() {
        return Ok(Tally::default());
    }
    fs::create_dir_all(&workspace.target)?;
    let factory = Factory::new(workspace, &cases, offline)?;
    let queue = Mutex::new(cases.into_iter());
    let tally = Mutex::new(Tally::default());
    thread::scope(|scope| {
        for _ in 0..side_by_side() {
            scope.spawn(|| {
                while let Some(case) = { lock(&queue).next() } {
                    let name = case.name.clone();
                    let (verdict, tests) = judge(case, &factory, workspace);
                    let mut tally = lock(&tally);
                    verdict.print(&name);
                    tally.add(&name, &verdict);
                    *tally += in_kernel::report(&tests, &name, &verdict);
                }
            });
        }
    });
    outln!("the boots' logs are in {}", Logs::folder(&workspace.target).display());
    Ok(tally.into_inner().unwrap_or_else(PoisonError::into_inner))
}

/// Boots that run at the same time: an emulator is one busy thread and a little more.
pub(super) fn side_by_side() -> usize {
    thread::available_parallelism().map_or(1, NonZero::get).min(MOST_SIDE_BY_SIDE)
}

/// Locks, whatever became of a thread that held it: a test that panicked is a failure of that test alone.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// How a boot went, and the tests that its kernel has run, if it is one of tests.
fn judge(case: Case, factory: &Factory<'_>, workspace: &Workspace) -> (Verdict, Vec<KernelTest>) {
    if case.emulator == Emulator::Bochs && Tool::Bochs.find().is_none() {
        let lack = "Bochs isn't installed; `cargo xtask doctor` says how";
        return (Verdict::Skipped(lack.into()), Vec::new());
    }
    let (wanted, check) = (case.outcome.clone(), case.check);
    let report = match boot(case, factory, workspace) {
        Err(error) => return (Verdict::Failed(format!("{error:#}")), Vec::new()),
        Ok(report) => report,
    };
    let tests = in_kernel::of_lines(report.lines.iter().map(|line| line.text.as_str()));
    if report.complaint.is_none() && report.outcome == wanted {
        let verdict = match check.map_or(Ok(()), |check| check(&report.lines)) {
            Ok(()) => Verdict::Passed,
            Err(error) => Verdict::Failed(format!("{error:#}")),
        };
        return (verdict, tests);
    }
    (Verdict::Failed(reason(&report, &wanted)), tests)
}

fn reason(report: &Report, wanted: &qemu::Outcome) -> String {
    let mut text = report.last_lines(SHOWN_LINES);
    if let Some(complaint) = &report.complaint {
        text += &format!("--- {complaint}\n");
    }
    if report.outcome != *wanted {
        text += &format!("--- wanted: {wanted}; but {}\n", report.outcome);
    }
    text + &format!("--- logs: {}, {}", report.logs.serial.display(), report.logs.qemu.display())
}

fn boot(case: Case, factory: &Factory<'_>, workspace: &Workspace) -> Result<Report> {
    let logs = Logs::create(&workspace.target, &case.name)?;
    let folder = temporary::Folder::create(&workspace.target, "test-")?;
    let image = factory.image(&case, folder.path())?;
    let mut machine = Machine { image: image.clone(), ..case.machine };
    for attach in case.attachments {
        machine.extra.extend(attach(folder.path())?);
    }
    let stop_when_seen = case.outcome == qemu::Outcome::Stopped;
    let expected = case.expected.without(case.never);
    let watch = Watch { expected, time_limit: case.time_limit, stop_when_seen, logs };
    match case.emulator {
        Emulator::Qemu => qemu::boot(machine, watch, case.cues, &mut |_| ()),
        Emulator::Bochs => bochs::boot(&image, watch),
    }
}
