//! `cargo xtask bench boot`: what a boot costs, in guest instructions, phase by phase.
//!
//! Under `-icount shift=0,sleep=off` each guest instruction takes a nanosecond of virtual time, and RDTSC
//! reads that time: stamps are instruction counts. Loader and kernel take theirs as they go, and the shown
//! kernel prints them; the boot sector's first instruction, which has none, gets one added to the measured
//! image (bench/first_instruction.rs).
//!
//! ```text
//! 7C00 ──stage 1──▶ stage 2 ──▶ long mode ──▶ ... ──▶ handover ──▶ kernel entry
//! ```
//!
//! The BIOS waits for the disk by polling, so counts move with the host's threads unless these are kept in
//! order (bench/scheduling.rs).

mod budgets;
mod case;
mod choices;
mod first_instruction;
mod measure;
mod report;
mod scheduling;
mod timeline;

use std::process::ExitCode;

use anyhow::Result;
use clap::Subcommand;

use crate::install::{self, Tool};
use crate::workspace::Workspace;
use budgets::Budgets;
use scheduling::Scheduling;

/// Options of `cargo xtask bench`.
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    subject: Subject,
}

/// What is measured.
#[derive(Debug, Clone, Subcommand)]
enum Subject {
    /// Count the instructions from the boot sector's first to the kernel's first
    Boot(BootArgs),
    /// Count the cycles of a scheduler's choice, by policy and number of tasks
    Sched(SchedArgs),
}

/// Options of `cargo xtask bench sched`.
#[derive(Debug, Clone, clap::Args)]
pub struct SchedArgs {
    /// Don't use the network
    #[arg(long)]
    offline: bool,
}

/// Options of `cargo xtask bench boot`.
#[derive(Debug, Clone, clap::Args)]
pub struct BootArgs {
    /// Measure only the cases whose name contains this, such as `16 MiB` or `ahci`
    filter: Option<String>,
    /// Fail if a boot costs over 2 % more than xtask/budgets.json allows
    #[arg(long)]
    check: bool,
    /// Make the counts the new budgets
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
    match &args.subject {
        Subject::Boot(args) => boot(args),
        Subject::Sched(args) => sched(args),
    }
}

fn boot(args: &BootArgs) -> Result<ExitCode> {
    install::ensure(Tool::Qemu)?;
    let workspace = Workspace::locate()?;
    let scheduling = Scheduling::find();
    eprintln!("{scheduling}");
    let cases = case::all().filter(|case| args.selects(&case.name()));
    let measured = measure::all(&workspace, cases.collect(), &scheduling, args.offline)?;
    if args.json {
        println!("{}", report::json(&measured, &scheduling));
    } else {
        print!("{}", report::table(&measured));
    }
    let path = workspace.path("xtask/budgets.json");
    if args.write_budgets {
        Budgets::load_or_empty(&path)?.with(&measured).save(&path)?;
        eprintln!("wrote {}", path.display());
    }
    if args.check {
        return Ok(verdict(&Budgets::load(&path)?.excesses(&measured)));
    }
    Ok(ExitCode::SUCCESS)
}

/// Says what the kernel's scheduler costs.
fn sched(args: &SchedArgs) -> Result<ExitCode> {
    print!("{}", choices::table(&Workspace::locate()?, args.offline)?);
    Ok(ExitCode::SUCCESS)
}

impl BootArgs {
    fn selects(&self, name: &str) -> bool {
        self.filter.as_ref().is_none_or(|filter| name.contains(filter.as_str()))
    }
}

fn verdict(excesses: &[String]) -> ExitCode {
    if excesses.is_empty() {
        eprintln!("all within their budgets");
        return ExitCode::SUCCESS;
    }
    for excess in excesses {
        eprintln!("error: {excess}");
    }
    eprintln!("if that is as it should be: cargo xtask bench boot --write-budgets");
    ExitCode::FAILURE
}
