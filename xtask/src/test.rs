//! `cargo xtask test`: all tests, in four groups, and a summary.
//!
//! | group | what it tests | where |
//! |---|---|---|
//! | `host` | unit tests of the crates, by `cargo test` | test/host.rs |
//! | `image` | the bytes of a disk image | test/image.rs |
//! | `boot` | whole boots in QEMU and Bochs | test/boot.rs: **the table to add a test case to** |
//! | `faults` | boots that must fail, each with its own message | test/faults.rs |
//!
//! A test that boots a machine is a [`Scenario`] (test/scenario.rs). One runner runs those of both groups
//! (test/runner.rs), and one builder makes their images (test/image_builder.rs).
//!
//! If a kernel runs its own tests, each of them is printed below its boot and counts like any other test.

mod boot;
mod control_names;
mod expected;
mod faults;
mod host;
mod image;
mod image_builder;
mod in_kernel;
mod observe;
mod runner;
mod scenario;
mod table;
mod tally;

use std::process::ExitCode;

use anyhow::{Result, bail};

use farjump::install::{self, Tool};
use farjump::output::outln;
use farjump::workspace::Workspace;

use image_builder::TestKernels;
use scenario::Scenario;
pub(crate) use tally::Tally;

/// Groups whose name prefixes the names of their tests.
const GROUPS: [&str; 3] = ["image", "boot", "faults"];

/// Options of `cargo xtask test`.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct Args {
    /// Run only tests whose full name contains FILTER, such as `boot: disk`; unit tests run if no other test matches, or
    /// with `host: NAME`
    pub filter: Option<String>,
    /// List the tests instead of running them, without unit tests
    #[arg(long)]
    pub list: bool,
    /// Also run in QEMU the scenarios that a default run skips: those that also boot on the host, and variants of others
    #[arg(long)]
    pub all: bool,
    /// How many bits the fault tests flip in each part of the disk [default: 2, of which a default run flips 1];
    /// thousands take hours
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
        for name in names(args).filter(|name| args.selects(name)) {
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
    let mut scenarios = scenarios(args);
    TestKernels::check(&workspace, scenarios.iter().filter_map(Scenario::test_kernel))?;
    scenarios.retain(|scenario| args.selects(&scenario.name));
    let count = scenarios.len();
    scenarios.retain(|scenario| args.runs(scenario));
    let left_out = count - scenarios.len();
    if !scenarios.is_empty() {
        install::ensure(Tool::Qemu)?;
    }
    let mut tally = Tally::default();
    let others = image::names().filter(|name| args.selects(name)).count() + scenarios.len();
    if let Some(filter) = host_filter(args.filter.as_deref(), others > 0) {
        tally += host::run(&workspace, filter.as_deref(), args.offline)?;
    }
    tally += image::run(&workspace, |name| args.selects(name), args.offline)?;
    tally += runner::run(&workspace, scenarios, args.offline)?;
    if left_out > 0 {
        outln!("{left_out} more boots are left out every day; `--all` runs them");
    }
    Ok(tally)
}

/// Returns all scenarios.
fn scenarios(args: &Args) -> Vec<Scenario> {
    let mut scenarios = boot::scenarios();
    scenarios.extend(faults::scenarios(args.flips));
    scenarios
}

/// Returns the names of what `--list` lists.
fn names(args: &Args) -> impl Iterator<Item = String> {
    let scenarios = scenarios(args).into_iter().filter(|scenario| args.runs(scenario));
    image::names().chain(scenarios.map(|scenario| scenario.name))
}

impl Args {
    fn selects(&self, name: &str) -> bool {
        match (&self.filter, self.group()) {
            (None, _) => true,
            // "defaults" has "faults" in it.
            (_, Some(group)) => name.starts_with(&format!("{group}: ")),
            (Some(filter), None) => name.contains(filter),
        }
    }

    /// Returns whether a scenario that is selected runs: one that is left out every day is asked for by `--all`, or by
    /// more of its name than the group.
    fn runs(&self, scenario: &Scenario) -> bool {
        scenario.left_out.is_none() || self.all || self.filter.is_some() && self.group().is_none()
    }

    /// Returns the group that the filter is the name of.
    fn group(&self) -> Option<&'static str> {
        let filter = self.filter.as_ref()?.trim_end().trim_end_matches(':');
        GROUPS.into_iter().find(|group| *group == filter)
    }
}

/// Returns whether the host's tests run, and if so, `cargo test`'s filter for them. All of them would have to be built to know
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

    fn of_filter(filter: &str) -> Args {
        Args { filter: Some(filter.to_owned()), ..Args::default() }
    }

    #[test]
    fn every_test_has_a_name_of_its_own_that_starts_with_its_group() {
        let mut names: Vec<_> = names(&Args { all: true, ..Args::default() }).collect();
        assert!(names.iter().all(|name| GROUPS.iter().any(|group| name.starts_with(&format!("{group}: ")))));
        let count = names.len();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), count);
    }

    #[test]
    fn every_test_kernel_that_a_scenario_boots_is_there() {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned();
        let workspace = Workspace { target: root.join("target"), root };
        let scenarios = scenarios(&Args::default());
        TestKernels::check(&workspace, scenarios.iter().filter_map(Scenario::test_kernel)).unwrap();
    }

    #[test]
    fn what_is_left_out_every_day_runs_when_it_is_asked_for() {
        let left_out = |args: &Args| {
            let selected = scenarios(args).into_iter().filter(|scenario| args.selects(&scenario.name));
            selected.filter(|scenario| scenario.left_out.is_some() && args.runs(scenario)).count()
        };
        assert_eq!(left_out(&Args::default()), 0);
        assert_eq!(left_out(&of_filter("faults")), 0);
        assert_eq!(left_out(&of_filter("faults: ")), 0);
        assert_ne!(left_out(&Args { all: true, ..of_filter("faults") }), 0);
        assert_eq!(left_out(&of_filter("faults: kernel: 32 bits")), 1);
    }
}
