//! Measures one boot after the other.

use std::fs::{self, OpenOptions};
use std::io::{Read as _, Seek as _, Write as _};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use boot_layout::disk::SECTOR_SIZE;

use super::case::{Built, Case};
use super::first_instruction;
use super::scheduling::Scheduling;
use super::timeline::{self, Phase};
use farjump::build;
use farjump::image::ImageSpec;
use farjump::output::noteln;
use farjump::qemu::{self, Child, Expectation, Logs, Machine, Qmp, Watch, serial};
use farjump::smoke::KERNEL_OK;
use farjump::temporary;
use farjump::workspace::Workspace;

/// A boot may take this long, for the host.
const TIME_LIMIT: Duration = Duration::from_secs(120);

/// What a boot cost.
#[derive(Debug, Clone)]
pub(super) struct Measured {
    pub(super) case: Case,
    pub(super) phases: Vec<Phase>,
}

impl Measured {
    /// Instructions from the boot sector's first to the kernel's first.
    pub(super) fn total(&self) -> u64 {
        self.phases.iter().map(|phase| phase.instructions).sum()
    }
}

/// Measures all `cases`; says on standard error how far it is.
pub(super) fn all(
    workspace: &Workspace,
    cases: Vec<Case>,
    scheduling: &Scheduling,
    offline: bool,
) -> Result<Vec<Measured>> {
    let demo = build::demo_kernel(workspace, offline)?;
    let smallest = build::kernel(workspace, "test-kernels", "timeline", offline)?;
    let built = Built { smallest: &smallest, demo: &demo };
    let mut measured = Vec::new();
    for case in cases {
        let name = case.name();
        noteln!("measuring: {name}");
        let directory = temporary::Directory::create(&Scheduling::image_directory(), "farjump-bench-")?;
        let image = image(workspace, case, &built, directory.path(), offline)?;
        let phases = one(workspace, case, image, scheduling).with_context(|| format!("bench: {name}"))?;
        measured.push(Measured { case, phases });
    }
    Ok(measured)
}

fn image(
    workspace: &Workspace,
    case: Case,
    built: &Built<'_>,
    directory: &Path,
    offline: bool,
) -> Result<PathBuf> {
    let kernel = directory.join("kernel.elf");
    fs::write(&kernel, case.kernel(built)?)?;
    // The size of the symbols is another for each kernel, and reading them would be measured too.
    let spec = ImageSpec::new(kernel).without_symbols().verify(case.verify);
    let image = spec.output(directory.join("disk.img")).offline(offline).build(workspace)?;
    add_timestamp(&image).with_context(|| format!("can't add a timestamp to {}", image.display()))?;
    Ok(image)
}

fn add_timestamp(image: &Path) -> Result<()> {
    let mut disk = OpenOptions::new().read(true).write(true).open(image)?;
    let mut sector = [0; SECTOR_SIZE];
    disk.read_exact(&mut sector)?;
    first_instruction::instrument(&mut sector)?;
    disk.rewind()?;
    Ok(disk.write_all(&sector)?)
}

/// Boots once. The kernel isn't told to exit: the timestamp is read when it halts.
fn one(workspace: &Workspace, case: Case, image: PathBuf, scheduling: &Scheduling) -> Result<Vec<Phase>> {
    let logs = Logs::create(&workspace.target, &format!("bench {}", case.name()))?;
    let calls = TcpListener::bind("127.0.0.1:0")?;
    let machine = Machine {
        disk: case.disk,
        icount: true,
        paused: true,
        monitor: Some(calls.local_addr()?),
        ..Machine::headless(image)
    };
    let mut command = scheduling.qemu();
    command.args(machine.arguments(&logs)?).stdin(Stdio::null()).stdout(Stdio::piped());
    let mut child = Child::start(&mut command)?;
    let mut monitor = Qmp::new(qemu::accept(&calls, &mut child)?)?;
    scheduling.demote(monitor.cpu_thread()?)?;
    let lines = serial::lines(child.take_stdout().context("QEMU's output is piped")?, false);
    let started = Instant::now();
    monitor.resume()?;

    let mut timestamp = None;
    let expected = Expectation::new([KERNEL_OK]);
    let watch = Watch { expected, time_limit: TIME_LIMIT, stop_when_seen: true, logs };
    let report = qemu::watch(&mut child, &lines, started, watch, &mut |line| {
        if line.expected {
            timestamp = Some(monitor.physical_u64(first_instruction::TIMESTAMP_ADDRESS.into()));
        }
    })?;
    let Some(timestamp) = timestamp else {
        let failure = report.failure.clone().unwrap_or_default();
        bail!("{}; {failure}; its last lines:\n{}", report.outcome, report.last_lines(20));
    };
    let lines = report.lines.iter().map(|line| line.text.as_str());
    timeline::phases(lines, first_instruction::start(timestamp?))
}
