//! `cargo xtask bench`: what a boot and the kernel's own operations cost, in guest instructions.
//!
//! Under `-icount shift=0,sleep=off` each guest instruction takes a nanosecond of virtual time, and RDTSC
//! reads that time: timestamps are instruction counts.
//!
//! `bench boot` counts phase by phase. Loader and kernel take their timestamps as they go, and the kernel prints them; the
//! boot sector's first instruction, which has none, gets one added to the measured image (bench/first_instruction.rs).
//!
//! ```text
//! 7C00 ──stage 1──▶ stage 2 ──▶ long mode ──▶ ... ──▶ handover ──▶ kernel entry
//! ```
//!
//! The BIOS waits for the disk by polling, so counts move with the host's threads unless these are kept in
//! order (bench/scheduling.rs).
//!
//! `bench kernel` counts what an operation takes (bench/kernel.rs).

mod budgets;
mod case;
mod choices;
mod first_instruction;
mod kernel;
mod measure;
mod report;
mod scheduling;
mod timeline;

use std::process::ExitCode;

use anyhow::{Result, ensure};
use clap::Subcommand;

use budgets::{Budgets, Count};
use farjump::install::{self, Tool};
use farjump::output::{noteln, out, outln};
use farjump::workspace::Workspace;
use scheduling::Scheduling;

/// Options of `cargo xtask bench`.
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    subject: Subject,
}

/// The subject of a measurement.
#[derive(Debug, Clone, Subcommand)]
enum Subject {
    /// Count the instructions from the first of the boot sector to the first of the kernel
    Boot(Options),
    /// Count the instructions of interrupts, exceptions, frames, pages, the heap and the log
    Kernel(Options),
    /// Count the cycles of a scheduling decision, by policy and number of tasks, and the instructions of a context switch
    Sched(SchedArgs),
}

/// Options of `cargo xtask bench sched`.
#[derive(Debug, Clone, clap::Args)]
pub struct SchedArgs {
    /// Don't use the network
    #[arg(long)]
    offline: bool,
}

/// Options of a measurement.
#[derive(Debug, Clone, clap::Args)]
pub struct Options {
    /// Measure only boots with this in their name, such as `16 MiB` or `ahci`; show only operations such as `heap`
    filter: Option<String>,
    /// Fail if a count exceeds its budget in xtask/budgets.json by over 2 %
    #[arg(long)]
    check: bool,
    /// Write the counts to xtask/budgets.json as the new budgets
    #[arg(long, conflicts_with = "check")]
    write_budgets: bool,
    /// Print JSON instead of a table
    #[arg(long)]
    json: bool,
    /// Don't use the network
    #[arg(long)]
    offline: bool,
}

/// Measures. Status 1 if a budget is exceeded.
///
/// # Errors
/// QEMU is missing and wasn't installed, something doesn't build, or a boot doesn't reach the kernel.
pub fn run(args: &Args) -> Result<ExitCode> {
    let workspace = Workspace::locate()?;
    match &args.subject {
        Subject::Boot(options) => boot(&workspace, options),
        Subject::Kernel(options) => kernel(&workspace, options),
        Subject::Sched(args) => sched(&workspace, args),
    }
}

fn boot(workspace: &Workspace, options: &Options) -> Result<ExitCode> {
    install::ensure(Tool::Qemu)?;
    let scheduling = Scheduling::find();
    noteln!("{scheduling}");
    let cases = case::all().filter(|case| options.selects(&case.name()));
    let measured = measure::all(workspace, cases.collect(), &scheduling, options.offline)?;
    options.ensure_some(measured.len())?;
    if options.json {
        outln!("{}", report::json(&measured, &scheduling));
    } else {
        out!("{}", report::table(&measured));
    }
    let budgeted = measured.iter().filter(|measured| measured.case.has_budget());
    let counts: Vec<Count> = budgeted.map(|measured| (measured.case.name(), measured.total())).collect();
    settle(workspace, options, "boot", &counts)
}

fn kernel(workspace: &Workspace, options: &Options) -> Result<ExitCode> {
    install::ensure(Tool::Qemu)?;
    let mut counts = kernel::measure(workspace, options.offline)?;
    counts.retain(|(name, _)| options.selects(name));
    options.ensure_some(counts.len())?;
    if options.json {
        outln!("{}", kernel::json(&counts));
    } else {
        out!("{}", kernel::table(&counts));
    }
    settle(workspace, options, "kernel", &counts)
}

/// Does with the counts what the options say.
fn settle(workspace: &Workspace, options: &Options, subject: &str, counts: &[Count]) -> Result<ExitCode> {
    let path = workspace.path("xtask/budgets.json");
    if options.write_budgets {
        Budgets::load_or_empty(&path)?.with(counts).save(&path)?;
        noteln!("wrote {}", path.display());
    }
    if options.check {
        return Ok(verdict(subject, &Budgets::load(&path)?.excesses(counts)));
    }
    Ok(ExitCode::SUCCESS)
}

/// Says what the kernel's scheduler costs.
fn sched(workspace: &Workspace, args: &SchedArgs) -> Result<ExitCode> {
    out!("{}", choices::table(workspace, args.offline)?);
    install::ensure(Tool::Qemu)?;
    let mut counts = kernel::measure(workspace, args.offline)?;
    counts.retain(|(name, _)| name.contains("switch to another thread"));
    outln!("");
    out!("{}", kernel::table(&counts));
    Ok(ExitCode::SUCCESS)
}

impl Options {
    fn selects(&self, name: &str) -> bool {
        self.filter.as_ref().is_none_or(|filter| name.contains(filter.as_str()))
    }

    /// Refuses a filter that selects nothing.
    fn ensure_some(&self, selected: usize) -> Result<()> {
        let filter = self.filter.as_deref().unwrap_or_default();
        ensure!(selected > 0, "nothing that is measured has `{filter}` in its name");
        Ok(())
    }
}

fn verdict(subject: &str, excesses: &[String]) -> ExitCode {
    if excesses.is_empty() {
        noteln!("all within their budgets");
        return ExitCode::SUCCESS;
    }
    for excess in excesses {
        noteln!("error: {excess}");
    }
    noteln!("if that is as it should be: cargo xtask bench {subject} --write-budgets");
    ExitCode::FAILURE
}
