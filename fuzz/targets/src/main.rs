//! The long run: as many mutations as requested. `cargo xtask fuzz` builds it with optimisation and starts it.

use std::process::ExitCode;

use anyhow::{Result, bail};
use clap::Parser;
use fuzz_mutator::{Campaign, CountingAllocator, EVERYDAY};
use fuzz_targets::{TARGETS, Target};

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator;

/// What the program that builds this one takes for itself.
const AFTER_HELP: &str = "With --offline before all else, building doesn't use the network.";

/// Tries mutations of good inputs on what reads outside data.
#[derive(Debug, Parser)]
#[command(bin_name = "cargo xtask fuzz", after_help = AFTER_HELP)]
struct Args {
    /// What to try them on [default: all targets]
    target: Option<String>,
    /// Mutations of each target
    #[arg(long, value_name = "N", default_value_t = EVERYDAY)]
    count: u64,
    /// Another seed makes other mutations
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
    /// Number of the seed's first mutation: repeats a failure without those before it
    #[arg(long, value_name = "I", default_value_t = 0)]
    first: u64,
}

fn main() -> ExitCode {
    match run(&Args::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: &Args) -> Result<()> {
    println!("| target | what it reads | mutations | seconds | most KiB allocated |");
    println!("|---|---|--:|--:|--:|");
    for target in targets(args.target.as_deref())? {
        let iterations = args.first..args.first.saturating_add(args.count);
        let campaign = Campaign { target: target.name, seed: args.seed, iterations };
        let report = campaign.run(&(target.corpus)(), target.run);
        let (seconds, kib) = (report.duration.as_secs_f64(), report.peak_bytes.div_ceil(1024));
        println!("| {} | {} | {} | {seconds:.1} | {kib} |", target.name, target.what, report.mutations);
    }
    Ok(())
}

fn targets(name: Option<&str>) -> Result<Vec<&'static Target>> {
    let Some(name) = name else { return Ok(TARGETS.iter().collect()) };
    match Target::by_name(name) {
        Some(target) => Ok(vec![target]),
        None => {
            let known: Vec<_> = TARGETS.iter().map(|target| target.name).collect();
            bail!("there is no target `{name}`; there are: {}", known.join(", "))
        }
    }
}
