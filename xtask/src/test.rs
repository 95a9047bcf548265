//! `cargo xtask test`: all tests, in four groups, and one closing line.
//!
//! | group | what it tests | where |
//! |---|---|---|
//! | `host` | the crates' own tests, by `cargo test` | test/host.rs |
//! | `image` | the bytes of the finished disk | test/image.rs |
//! | `boot` | whole boots in QEMU and Bochs | test/boot.rs: **the table to add a row to** |
//! | `faults` | boots that must fail, each with its own line | test/faults.rs |
//!
//! Below a boot whose kernel runs tests of its own, each of them has a line and counts like any other.

mod boot;
mod case;
mod control_names;
mod faults;
mod host;
mod image;
mod in_kernel;
mod runner;
mod tally;

use std::process::ExitCode;

use anyhow::{Result, bail};

use farjump::install::{self, Tool};
use farjump::output::outln;
use farjump::workspace::Workspace;

pub(crate) use tally::Tally;

/// Groups whose tests have their group's name in front.
const GROUPS: [&str; 3] = ["image", "boot", "faults"];

/// Bits that are flipped in each part of the disk in an everyday run.
const FLIPS: u32 = 2;

/// Options of `cargo xtask test`.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct Args {
    /// Run only the tests whose name, group and all, contains this, such as `boot: disk`; those of the host if no other
    /// does, or by `host: ...`
    pub filter: Option<String>,
    /// List the image tests and boot tests instead of running them
    #[arg(long)]
    pub list: bool,
    /// Of the faults: how many bits to flip in each part of the disk [default: 2]; thousands take hours
    #[arg(long, value_name = "COUNT")]
    pub flips: Option<u32>,
    /// Don't use the network
    #[arg(long)]
    pub offline: bool,
}

/// Runs the tests. Status 1 if one fails.
///
/// # Errors
/// QEMU is missing and wasn't installed, or cargo can't be started.
pub fn run(args: &Args) -> Result<ExitCode> {
    if args.list {
        for name in names().filter(|name| args.selects(name)) {
            outln!("{name}");
        }
        return Ok(ExitCode::SUCCESS);
    }
    let tally = all(args)?;
    if let (Some(filter), true) = (&args.filter, tally == Tally::default()) {
        bail!("no test has `{filter}` in its name; `cargo xtask test --list` lists them");
    }
    outln!("{tally}");
    Ok(if tally.failed.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn all(args: &Args) -> Result<Tally> {
    let workspace = Workspace::locate()?;
    let mut cases = boot::cases();
    cases.retain(|case| args.selects(&case.name));
    let mut faults = faults::all(args.flips.unwrap_or(FLIPS));
    faults.retain(|fault| args.selects(&fault.name));
    if !cases.is_empty() || !faults.is_empty() {
        install::ensure(Tool::Qemu)?;
    }
    let mut tally = Tally::default();
    let others = image::names().filter(|name| args.selects(name)).count() + cases.len() + faults.len();
    if let Some(filter) = host_filter(args.filter.as_deref(), others > 0) {
        tally += host::run(&workspace, filter.as_deref(), args.offline)?;
    }
    tally += image::run(&workspace, |name| args.selects(name), args.offline)?;
    tally += runner::run(&workspace, cases, args.offline)?;
    tally += faults::run(&workspace, faults, args.offline)?;
    Ok(tally)
}

fn names() -> impl Iterator<Item = String> {
    let boots = boot::cases().into_iter().map(|case| case.name);
    image::names().chain(boots).chain(faults::all(FLIPS).into_iter().map(|fault| fault.name))
}

impl Args {
    fn selects(&self, name: &str) -> bool {
        let Some(filter) = &self.filter else { return true };
        // "defaults" has "faults" in it.
        if GROUPS.contains(&filter.as_str()) {
            name.starts_with(&format!("{filter}: "))
        } else {
            name.contains(filter)
        }
    }
}

/// Whether the host's tests run, and if so, `cargo test`'s filter for them. All of them would have to be built to know
/// their names, so a filter that fits `others` is for those.
fn host_filter(filter: Option<&str>, others: bool) -> Option<Option<String>> {
    let Some(filter) = filter else { return Some(None) };
    let (group, rest) = filter.split_once(':').unwrap_or((filter, ""));
    match group {
        "host" => Some(Some(rest.trim()).filter(|rest| !rest.is_empty()).map(str::to_owned)),
        "image" | "boot" | "faults" => None,
        _ if others => None,
        // A test function's name is a sentence too, but for the spaces.
        _ => Some(Some(filter.replace(' ', "_"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_is_chosen_by_its_name() {
        assert_eq!(host_filter(None, true), Some(None));
        assert_eq!(host_filter(Some("host"), false), Some(None));
        assert_eq!(host_filter(Some("host: fat"), true), Some(Some("fat".into())));
        assert_eq!(host_filter(Some("boot: disk ahci"), false), None);
        assert_eq!(host_filter(Some("active partition"), true), None);
        assert_eq!(host_filter(Some("active partition"), false), Some(Some("active_partition".into())));
    }

    #[test]
    fn every_test_has_a_name_of_its_own_that_starts_with_its_group() {
        let mut names: Vec<_> = names().collect();
        assert!(names.iter().all(|name| GROUPS.iter().any(|group| name.starts_with(&format!("{group}: ")))));
        let count = names.len();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), count);
    }
}
