//! `cargo xtask ci`: what CI does, in the order in which it fails fastest.

mod packages;

use std::process::{Command, ExitCode};

use anyhow::{Context as _, Result};

use crate::{memory_map, test, tidy};
use farjump::build::{PROFILE, TARGET};
use farjump::output::noteln;
use farjump::workspace::{Workspace, cant_start_cargo, cargo};

/// Options of `cargo xtask ci`.
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// Skip the tests: only formatting, lints, packages, house rules and the generated page
    #[arg(long)]
    without_tests: bool,
    /// Don't use the network
    #[arg(long)]
    offline: bool,
}

/// One call of cargo.
#[derive(Debug)]
struct Step {
    what: &'static str,
    arguments: Vec<&'static str>,
    /// Printed when it fails.
    advice: &'static str,
}

/// Checks formatting, lints, packages, house rules and the generated page, then runs all tests, which print the summary.
///
/// # Errors
/// Cargo can't be started, or as the tests.
pub fn run(args: &Args) -> Result<ExitCode> {
    let workspace = Workspace::locate()?;
    for step in steps() {
        if !step.succeeds(&workspace, args.offline)? {
            noteln!("error: {}: {}", step.what, step.advice);
            return Ok(ExitCode::FAILURE);
        }
    }
    noteln!("ci: packages");
    if !packages::compile(&workspace, args.offline)? {
        noteln!("error: packages: the errors stand above");
        return Ok(ExitCode::FAILURE);
    }
    noteln!("ci: house rules");
    let rules = tidy::run(&tidy::Args { offline: args.offline, ..tidy::Args::default() })?;
    if rules != ExitCode::SUCCESS {
        return Ok(rules);
    }
    noteln!("ci: docs/memory-map.md");
    let page = memory_map::run(&memory_map::Args { check: true, ..memory_map::Args::default() })?;
    if page != ExitCode::SUCCESS || args.without_tests {
        return Ok(page);
    }
    noteln!("ci: tests");
    test::run(&test::Args { offline: args.offline, ..test::Args::default() })
}

fn steps() -> [Step; 4] {
    let denied = ["--", "-D", "warnings"];
    // What boots is among it, with std about, as editors check everything at once.
    let host = ["clippy", "--quiet", "--workspace", "--all-targets", "--profile", "host"];
    // What boots has no std's test harness, so its tests can't be among its targets.
    let packages = [
        "-p",
        "stage1",
        "-p",
        "stage2",
        "-p",
        "farjump-kernel",
        "-p",
        "boot-shim",
        "-p",
        "test-kernels",
        "-p",
        "farjump-module",
        "-p",
        "greeter",
        "-p",
        "calculator",
    ];
    let boots = ["clippy", "--quiet", "--lib", "--bins", "--target", TARGET, "--profile", PROFILE];
    let signed = ["clippy", "--quiet", "--bins", "--target", TARGET, "--profile", PROFILE]
        .into_iter()
        .chain(["-p", "stage2", "--features", "stage2/signed"])
        .collect::<Vec<_>>();
    [
        Step {
            what: "formatting",
            arguments: ["fmt", "--all", "--check"].into(),
            advice: "`cargo fmt --all` puts it right",
        },
        Step {
            what: "lints of everything, for the host",
            arguments: [&host[..], &denied].concat(),
            advice: "the warnings stand above",
        },
        Step {
            what: "lints of what boots",
            arguments: [&boots[..], &packages, &denied].concat(),
            advice: "the warnings stand above",
        },
        Step {
            what: "lints of the stage 2 of signed images",
            arguments: [&signed[..], &denied].concat(),
            advice: "the warnings stand above",
        },
    ]
}

impl Step {
    fn succeeds(&self, workspace: &Workspace, offline: bool) -> Result<bool> {
        noteln!("ci: {}", self.what);
        let mut command = Command::new(cargo());
        command.current_dir(&workspace.root).args(&self.arguments[..1]);
        // `cargo fmt` never uses the network and doesn't know the option.
        command.args((offline && self.arguments[0] != "fmt").then_some("--offline"));
        let status = command.args(&self.arguments[1..]).status().with_context(cant_start_cargo)?;
        Ok(status.success())
    }
}
