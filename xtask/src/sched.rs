//! `cargo xtask sched`: what the kernel's scheduler would do with a workload, tick by tick.
//!
//! ```text
//! run, compare   workload.json ───▶ tools/schedules ─┐
//! trace          programs ─▶ crates/bytecode ─────────┴─▶ crates/scheduler
//! draw           trace.csv, of a kernel or of `run --format csv` ─▶ tools/schedules
//! ```
//!
//! Rejects an invalid workload with the path of the field, and status 1; `trace` has further statuses
//! ([`programs`]).

mod programs;

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, Result, bail};
use clap::Subcommand;
use farjump_scheduler::PolicyKind;
use schedules::{Comparison, Format, Schedule, Workload, csv, show, title};

/// Options of `cargo xtask sched`.
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    action: Action,
}

/// The subcommands.
#[derive(Debug, Clone, Subcommand)]
enum Action {
    /// Run a workload under its policy
    Run(FileArgs),
    /// Run a workload under all six policies, side by side
    Compare(FileArgs),
    /// Draw a trace: the kernel's, or one of `run --format csv`
    Draw(FileArgs),
    /// Run bytecode programs and print each instruction as it begins
    Trace(programs::Args),
}

/// A file to read, and the format of the output.
#[derive(Debug, Clone, clap::Args)]
struct FileArgs {
    /// A workload in JSON (docs/scheduling.md); for `draw`, a trace in CSV
    file: PathBuf,
    /// The output format
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Write to this file instead of the standard output; an existing file is replaced atomically
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// Bytes that a workload or a trace can have.
const MAX_FILE: u64 = 64 << 20;

/// Runs the subcommand.
///
/// # Errors
/// A file can't be read or written, or its contents are invalid.
pub fn run(args: &Args) -> Result<ExitCode> {
    let (args, text) = match &args.action {
        Action::Run(args) => (args, run_workload(args)?),
        Action::Compare(args) => (args, compare(args)?),
        Action::Draw(args) => (args, draw(args)?),
        Action::Trace(args) => return programs::run(args),
    };
    write(args.output.as_deref(), text.as_bytes())?;
    Ok(ExitCode::SUCCESS)
}

fn run_workload(args: &FileArgs) -> Result<String> {
    let name = args.file.display().to_string();
    let workload = Workload::parse(&read(&args.file, MAX_FILE)?).with_context(|| name.clone())?;
    let config = workload.config().with_context(|| name.clone())?;
    let trace = workload.simulate(config).with_context(|| name.clone())?;
    show(&trace, &title(&config), args.format).context(name)
}

fn draw(args: &FileArgs) -> Result<String> {
    let name = args.file.display().to_string();
    let trace = csv::parse(&read(&args.file, MAX_FILE)?).with_context(|| name.clone())?;
    show(&trace, &name, args.format).context(name)
}

fn compare(args: &FileArgs) -> Result<String> {
    let name = args.file.display().to_string();
    let workload = Workload::parse(&read(&args.file, MAX_FILE)?).with_context(|| name.clone())?;
    let rows = PolicyKind::ALL.into_iter().map(|kind| {
        let config = workload.config_for(kind)?;
        let trace = workload.simulate(config).with_context(|| kind.name())?;
        Ok(Comparison { kind, title: title(&config), schedule: Schedule::of(&trace) })
    });
    let rows: Vec<Comparison> = rows.collect::<Result<_>>().with_context(|| name.clone())?;
    schedules::compare(&rows, args.format).context(name)
}

/// The bytes of a file that isn't larger than it may be.
pub(crate) fn read(path: &Path, most: u64) -> Result<Vec<u8>> {
    use std::io::Read as _;
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).with_context(|| format!("{}: can't open it", path.display()))?;
    let mut file = file.take(most + 1);
    file.read_to_end(&mut bytes).with_context(|| format!("{}: can't read it", path.display()))?;
    if bytes.len() as u64 > most {
        bail!("{}: has more than {most} bytes, which is the limit", path.display());
    }
    Ok(bytes)
}

/// Writes to the standard output, or to a file, which is replaced in one step.
pub(crate) fn write(output: Option<&Path>, bytes: &[u8]) -> Result<()> {
    let Some(path) = output else {
        return match io::stdout().write_all(bytes) {
            // The reader has closed the pipe, as `head` does.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            result => result.context("can't write to the standard output"),
        };
    };
    disk_image::replace(path, bytes).with_context(|| format!("{}: can't write it", path.display()))
}
