//! `cargo xtask smoke`: the boot smoke test for CI. Boots headless and checks the serial lines.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Result, bail};
use disk_image::FLOPPY_SIZE;

use crate::image::{ImageSpec, RunDir};
use crate::install::{self, Tool};
use crate::output::{noteln, outln};
use crate::qemu::{self, Disk, Expectation, Logs, Machine, MemorySize, Outcome, Report, SeenLine, Watch};
use crate::workspace::Workspace;

/// What the stages print, in this order and to the letter, with nothing between.
pub(crate) const STAGE_LINES: [&str; 7] = [
    "Booting ...",
    "Starting Stage2 ...",
    "Stage2: OK",
    "A20 Line: Enabled",
    "GDT: Loaded",
    "Entered protected mode ...",
    "64-bit Long mode: Enabled",
];

/// What the demo kernel prints when it has nothing left to do.
pub const KERNEL_OK: &str = "Kernel: OK";

/// How much of each log a failure shows.
const SHOWN_LINES: usize = 20;

/// Options of `cargo xtask smoke`.
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// The image to boot [default: build one]
    #[arg(long, value_name = "PATH")]
    image: Option<PathBuf>,
    /// How the disk is plugged in
    #[arg(long, value_enum, default_value_t)]
    disk: Disk,
    /// Main memory
    #[arg(long, value_name = "SIZE", default_value = "256M")]
    memory: MemorySize,
    /// Seconds that the boot may take
    #[arg(long, value_name = "SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    timeout: u64,
    /// Don't use the network
    #[arg(long)]
    offline: bool,
}

/// Boots and prints each line that counts with the guest's time, from the CPU's reset.
///
/// # Errors
/// QEMU is missing and wasn't installed, something doesn't build, or QEMU doesn't start.
pub fn run(args: &Args) -> Result<ExitCode> {
    install::ensure(Tool::Qemu)?;
    let workspace = Workspace::locate()?;
    let own = RunDir::create(&workspace)?;
    let image = match &args.image {
        Some(image) => existing(image)?,
        None => args.demo_image().output(own.image()).build(&workspace)?,
    };
    let machine = Machine { disk: args.disk, memory: args.memory.clone(), ..Machine::headless(image) };
    let watch = Watch {
        expected: expectation(),
        time_limit: Duration::from_secs(args.timeout),
        stop_when_seen: true,
        logs: Logs::create(&workspace.target, "smoke")?,
    };
    let report = qemu::boot(machine, watch, Vec::new(), &mut print)?;
    Ok(verdict(&report))
}

/// The stages' lines side by side, then the kernel's.
pub fn expectation() -> Expectation {
    let lines = STAGE_LINES.into_iter().chain([KERNEL_OK]);
    Expectation::new(lines).with_first_lines_adjacent(STAGE_LINES.len())
}

impl Args {
    fn demo_image(&self) -> ImageSpec {
        let image = ImageSpec::demo().command_line("exit").offline(self.offline);
        if self.disk == Disk::Floppy { image.size(FLOPPY_SIZE) } else { image }
    }
}

fn existing(image: &Path) -> Result<PathBuf> {
    if !image.is_file() {
        bail!("there is no image {}; `cargo xtask image -o PATH` makes one", image.display());
    }
    Ok(image.to_owned())
}

fn print(line: &SeenLine) {
    if line.expected {
        outln!("{:9.3} ms  {}", line.after.as_secs_f64() * 1000.0, line.text);
    }
}

fn verdict(report: &Report) -> ExitCode {
    let ended_well = matches!(report.outcome, Outcome::Success | Outcome::Stopped);
    if report.failure.is_none() && ended_well {
        outln!("smoke: all lines came; {}", report.outcome);
        return ExitCode::SUCCESS;
    }
    noteln!("--- serial port, last lines\n{}", report.last_lines(SHOWN_LINES));
    noteln!("--- QEMU's CPU log, last lines\n{}", report.logs.qemu_tail(SHOWN_LINES));
    noteln!("--- logs: {}, {}", report.logs.serial.display(), report.logs.qemu.display());
    match &report.failure {
        Some(failure) => noteln!("error: {failure}; {}", report.outcome),
        None => noteln!("error: {}", report.outcome),
    }
    ExitCode::FAILURE
}
