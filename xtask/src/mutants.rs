//! `cargo xtask mutants`: breaks a crate's code on purpose, one place at a time, and counts what its tests notice.
//!
//! cargo-mutants makes the changes, in a copy of the tree, and runs the tests. This chooses the crates, the
//! profile and the features, and the rate that is good enough. Mutants that no test can notice, or that other tests do,
//! are listed in `.cargo/mutants.toml`, each with its reason.
//!
//! A mutant that makes the tests hang counts as caught: the tests' time limit would end them.

mod rates;

use std::fs;
use std::process::{Child, Command, ExitCode};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};

use farjump::output::{noteln, outln};
use farjump::workspace::{Workspace, cant_start_cargo, cargo};
use rates::Rates;

/// The least part of the viable mutants that has to be caught, in percent.
const MIN_PERCENT: usize = 95;

/// What the tests have at least before a mutant counts as one that hangs: a busy machine is no hang. cargo-mutants takes
/// five times what the unchanged code's tests need, if that is more.
const MIN_TIMEOUT_SECONDS: u32 = 60;

/// Between looks at whether the run has ended.
const LOOK: Duration = Duration::from_millis(200);

/// How long cargo-mutants may take to remove its copy of the tree.
const GRACE: Duration = Duration::from_secs(30);

/// A crate, and the features with which all of it is tested. Only its own tests count, and those of the one package that is
/// made to test it: the next person who changes the code finds such a test, and a mutant is built in seconds.
#[derive(Debug)]
struct Subject {
    package: &'static str,
    features: Option<&'static str>,
    /// Another package whose tests count too.
    tested_by: Option<&'static str>,
}

/// The crates that decide what boots and what runs.
const SUBJECTS: [Subject; 6] = [
    Subject {
        package: "farjump-loader",
        features: Some("farjump-loader/signed"),
        tested_by: Some("host-boot"), // whole boots
    },
    Subject { package: "farjump-fs", features: None, tested_by: None },
    Subject { package: "farjump-api", features: None, tested_by: None },
    Subject { package: "farjump-module-loader", features: None, tested_by: None },
    Subject { package: "farjump-scheduler", features: None, tested_by: None },
    Subject { package: "farjump-kernel-memory", features: None, tested_by: None },
];

/// Options of `cargo xtask mutants`.
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// The crate to mutate [default: all crates that have a required rate, one after the other]
    #[arg(value_name = "CRATE")]
    package: Option<String>,
    /// Try only a sample: every N-th mutant from the K-th on, counted from 0
    #[arg(long, value_name = "K/N")]
    shard: Option<String>,
    /// End each crate's run after this many minutes, and count the mutants tried until then
    #[arg(long, value_name = "MINUTES")]
    minutes: Option<u64>,
    /// Don't use the network
    #[arg(long)]
    offline: bool,
}

/// Runs cargo-mutants and prints the rates. Status 1 if a crate's is below 95 % of its viable mutants.
///
/// # Errors
/// cargo-mutants isn't installed; the tests fail on the code as it is; no mutant was tried.
pub fn run(args: &Args) -> Result<ExitCode> {
    let workspace = Workspace::locate()?;
    let subjects = chosen(args.package.as_deref())?;
    ensure!(
        is_installed(),
        "cargo-mutants isn't installed; install it by: cargo install cargo-mutants --locked"
    );
    let mut is_good_enough = true;
    for subject in subjects {
        let rates = subject.try_mutants(&workspace, args)?;
        outln!("{}: {rates}", subject.package);
        is_good_enough &= rates.percent() >= MIN_PERCENT;
    }
    if is_good_enough {
        return Ok(ExitCode::SUCCESS);
    }
    noteln!(
        "error: less than {MIN_PERCENT} % are caught; a missed mutant needs a test, \
         or a line in .cargo/mutants.toml with its reason"
    );
    Ok(ExitCode::FAILURE)
}

/// The crate with this name, or all.
fn chosen(package: Option<&str>) -> Result<Vec<&'static Subject>> {
    let chosen: Vec<_> =
        SUBJECTS.iter().filter(|subject| package.is_none_or(|name| name == subject.package)).collect();
    if let (Some(name), true) = (package, chosen.is_empty()) {
        let names = SUBJECTS.map(|subject| subject.package).join(", ");
        bail!("there is no rate to keep for {name}; there is for: {names}");
    }
    Ok(chosen)
}

fn is_installed() -> bool {
    let mut command = Command::new(cargo());
    command.args(["mutants", "--version"]).output().is_ok_and(|output| output.status.success())
}

impl Subject {
    fn try_mutants(&self, workspace: &Workspace, args: &Args) -> Result<Rates> {
        // cargo-mutants makes a directory `mutants.out` there, and moves one of before away.
        let directory = workspace.target.join("mutants").join(self.package);
        fs::create_dir_all(&directory).with_context(|| format!("{}: can't make it", directory.display()))?;
        let mut command = Command::new(cargo());
        command.current_dir(&workspace.root).arg("mutants").arg("--output").arg(&directory);
        command.args(self.arguments(args));
        let mut child = command.spawn().with_context(cant_start_cargo)?;
        let limit = args.minutes.map(|minutes| Duration::from_secs(minutes * 60));
        let was_ended = wait(&mut child, limit, GRACE)?;
        // 2: some were missed; 3: some ran into the time limit. 1 and from 4 on nothing was tried.
        let code = child.wait()?.code();
        ensure!(
            was_ended || matches!(code, Some(0 | 2 | 3)),
            "{}: cargo mutants ended with status {}; what stands above says why",
            self.package,
            code.unwrap_or(-1)
        );
        let rates = Rates::read(&directory.join("mutants.out"))?;
        ensure!(
            rates.viable() > 0,
            "{}: no mutant was tried; allow more time, or a larger sample",
            self.package
        );
        Ok(rates)
    }

    /// Returns cargo-mutants' arguments, except the directory.
    fn arguments(&self, args: &Args) -> Vec<String> {
        let mut arguments: Vec<String> =
            ["--package", self.package, "--profile", "host"].map(Into::into).into();
        if let Some(features) = self.features {
            arguments.extend(["--features".into(), features.into()]);
        }
        if let Some(package) = self.tested_by {
            arguments.extend([self.package, package].map(|package| format!("--test-package={package}")));
        }
        if let Some(shard) = &args.shard {
            arguments.extend(["--sharding".into(), "round-robin".into(), "--shard".into(), shard.clone()]);
        }
        arguments.extend(args.offline.then(|| "--cargo-arg=--offline".into()));
        arguments.extend(["--minimum-test-timeout".into(), MIN_TIMEOUT_SECONDS.to_string()]);
        // Neither examples nor those in the documentation.
        arguments.extend(["--", "--lib", "--tests"].map(Into::into));
        arguments
    }
}

/// Waits until `child` has ended, or `limit` is over: then it is interrupted, as by Ctrl-C, and removes its copy of the
/// tree. A child that ignores it is killed after `grace`. Returns whether it was interrupted.
fn wait(child: &mut Child, limit: Option<Duration>, grace: Duration) -> Result<bool> {
    if ends_within(child, limit)? {
        return Ok(false);
    }
    interrupt(child)?;
    if !ends_within(child, Some(grace))? {
        child.kill().context("cargo mutants can't be killed")?;
    }
    Ok(true)
}

/// Returns whether `child` ends before `limit` is over.
fn ends_within(child: &mut Child, limit: Option<Duration>) -> Result<bool> {
    let start = Instant::now();
    while child.try_wait()?.is_none() {
        if limit.is_some_and(|limit| start.elapsed() >= limit) {
            return Ok(false);
        }
        thread::sleep(LOOK);
    }
    Ok(true)
}

#[cfg(unix)]
fn interrupt(child: &mut Child) -> Result<()> {
    use rustix::process::{Pid, Signal, kill_process};
    kill_process(Pid::from_child(child), Signal::INT).context("cargo mutants can't be ended")
}

#[cfg(not(unix))]
fn interrupt(child: &mut Child) -> Result<()> {
    child.kill().context("cargo mutants can't be ended")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn args(shard: Option<&str>) -> Args {
        Args { package: None, shard: shard.map(Into::into), minutes: None, offline: false }
    }

    #[test]
    fn cargo_mutants_is_told_crate_features_profile_and_sample() {
        let line = |subject: &Subject, shard| subject.arguments(&args(shard)).join(" ");
        let loader = line(chosen(Some("farjump-loader")).unwrap()[0], Some("3/16"));
        assert!(
            loader.contains("--package farjump-loader --profile host")
                && loader.contains("--sharding round-robin --shard 3/16"),
            "{loader}"
        );
        assert!(
            loader.contains(
                "--features farjump-loader/signed --test-package=farjump-loader --test-package=host-boot"
            ) && loader.contains("--minimum-test-timeout 60"),
            "{loader}"
        );
        assert!(loader.ends_with("-- --lib --tests"), "{loader}");
        let protocol = line(chosen(Some("farjump-api")).unwrap()[0], None);
        assert!(!protocol.contains("--shard") && !protocol.contains("--features"), "{protocol}");
    }

    #[test]
    fn a_crate_without_a_rate_is_refused_with_those_that_have_one() {
        assert_eq!(chosen(None).unwrap().len(), SUBJECTS.len());
        let error = chosen(Some("xtask")).unwrap_err().to_string();
        assert!(
            error.ends_with("there is for: farjump-loader, farjump-fs, farjump-api, farjump-module-loader, farjump-scheduler, farjump-kernel-memory"),
            "{error}"
        );
    }

    #[cfg(unix)]
    #[test]
    fn a_run_is_ended_at_its_limit_and_not_before() {
        let mut endless = Command::new("sleep").arg("60").spawn().unwrap();
        // It may ignore Ctrl-C, as this test's own parent may have it do.
        assert!(wait(&mut endless, Some(Duration::ZERO), Duration::ZERO).unwrap());
        assert!(!endless.wait().unwrap().success());
        let mut short = Command::new("true").spawn().unwrap();
        assert!(!wait(&mut short, Some(Duration::from_secs(60)), GRACE).unwrap());
    }
}
