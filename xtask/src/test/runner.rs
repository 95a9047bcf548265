//! Runs boot tests: builds what each boots, as many at a time in the emulators as there are cores, and judges.

mod own_kernel;

use std::collections::HashMap;
use std::fs;
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::thread;

use anyhow::Result;

use super::Tally;
use super::case::{Case, Emulator, Kernel};
use super::in_kernel::{self, KernelTest};
use super::tally::Verdict;
use crate::bochs;
use crate::build;
use crate::image;
use crate::install::Tool;
use crate::padded_elf::PaddedElf;
use crate::qemu::{self, Logs, Machine, Report, Watch};
use crate::temporary;
use crate::workspace::Workspace;

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
    let folder = temporary::Folder::create(&workspace.target, "test-")?;
    let factory = Factory { workspace, offline, folder: folder.path(), kernels: HashMap::new() };
    let factory = Mutex::new(factory);
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
                    *tally += &verdict;
                    *tally += in_kernel::report(&tests, &verdict);
                }
            });
        }
    });
    println!("the boots' logs are in {}", Logs::folder(&workspace.target).display());
    Ok(*lock(&tally))
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
fn judge(case: Case, factory: &Mutex<Factory<'_>>, workspace: &Workspace) -> (Verdict, Vec<KernelTest>) {
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

fn boot(case: Case, factory: &Mutex<Factory<'_>>, workspace: &Workspace) -> Result<Report> {
    let logs = Logs::create(&workspace.target, &case.name)?;
    let image = { lock(factory).image(&case) }?;
    let attached = tempfile::tempdir_in(&workspace.target)?;
    let mut machine = Machine { image: image.clone(), ..case.machine };
    for attach in case.attachments {
        machine.extra.extend(attach(attached.path())?);
    }
    let stop_when_seen = case.outcome == qemu::Outcome::Stopped;
    let watch = Watch { expected: case.expected, time_limit: case.time_limit, stop_when_seen, logs };
    let report = match case.emulator {
        Emulator::Qemu => qemu::boot(machine, watch, case.cues, &mut |_| ()),
        Emulator::Bochs => bochs::boot(&image, watch),
    };
    // The 64 MiB ones add up; the folder's end would be late.
    fs::remove_file(&image)?;
    report
}

/// Makes kernels and images, one after the other: cargo would make all others wait anyway.
struct Factory<'a> {
    workspace: &'a Workspace,
    offline: bool,
    folder: &'a Path,
    kernels: HashMap<Kernel, PathBuf>,
}

impl Factory<'_> {
    fn image(&mut self, case: &Case) -> Result<PathBuf> {
        let file = case.name.replace(|character: char| !character.is_ascii_alphanumeric(), "-");
        let output = self.folder.join(&file).with_extension("img");
        let mut args = image::Args { offline: self.offline, output: Some(output), ..case.image.clone() };
        args.kernel = Some(self.kernel(case.kernel)?);
        for (name, size) in &case.modules {
            args.modules.push(self.numbers(name, *size)?);
        }
        for (path, size) in &case.files {
            let source = self.numbers(&path.replace('/', "-"), *size)?;
            args.files.push(image::ExtraFile { source, destination: (*path).to_owned() });
        }
        let image = image::make(self.workspace, &args)?;
        match case.finish {
            Some(finish) => finish(&image),
            None => Ok(image),
        }
    }

    fn kernel(&mut self, kernel: Kernel) -> Result<PathBuf> {
        if let Some(path) = self.kernels.get(&kernel) {
            return Ok(path.clone());
        }
        let path = match kernel {
            Kernel::Shown => build::kernel(self.workspace, "kernel", "kernel", self.offline)?,
            Kernel::ShownOfMib(mib) => self.padded(mib)?,
            Kernel::Test(bin) => build::kernel(self.workspace, "test-kernels", bin, self.offline)?,
            Kernel::OtherWorkspace => own_kernel::build(self.workspace, self.folder, self.offline)?,
            Kernel::TestPie(bin) => self.position_independent(bin)?,
        };
        self.kernels.insert(kernel, path.clone());
        Ok(path)
    }

    fn position_independent(&self, bin: &str) -> Result<PathBuf> {
        let manifest = self.workspace.path("Cargo.toml");
        let kernel = build::Kernel::new(&manifest, "test-kernels", bin);
        let built = build::Kernel { pie: true, offline: self.offline, ..kernel }.build(self.workspace)?;
        // Cargo gives both forms the same name, and the next build replaces this one.
        let copy = self.folder.join(format!("{bin}-pie.elf"));
        fs::copy(built, &copy)?;
        Ok(copy)
    }

    fn padded(&mut self, mib: u32) -> Result<PathBuf> {
        let mut elf = PaddedElf::new(fs::read(self.kernel(Kernel::Shown)?)?)?;
        elf.grow_loaded_bytes_to(u64::from(mib) << 20)?;
        let path = self.folder.join(format!("kernel-{mib}-mib.elf"));
        fs::write(&path, elf.into_bytes())?;
        Ok(path)
    }

    /// A file of which byte N is N modulo 251.
    fn numbers(&self, name: &str, size: usize) -> Result<PathBuf> {
        let path = self.folder.join(name);
        let bytes: Vec<u8> = (0..251).cycle().take(size).collect();
        fs::write(&path, bytes)?;
        Ok(path)
    }
}
