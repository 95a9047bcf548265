//! `cargo xtask doctor`: what this machine lacks, and the command that installs it.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::Result;

use crate::build::TARGET;
use crate::install::{MANAGERS, Manager, Tool, Who};
use crate::output::{out, outln};

/// Options of `cargo xtask doctor`.
#[derive(Debug, Clone, clap::Args)]
pub struct Args {}

/// The oldest Rust that builds farjump, as the workspace's Cargo.toml has it.
const OLDEST_RUST: &str = env!("CARGO_PKG_RUST_VERSION");

/// One thing that was looked for.
#[derive(Debug)]
struct Check {
    name: &'static str,
    /// Without it the two commands of the README don't work.
    is_needed: bool,
    /// The version or place, if it is there.
    found: Option<String>,
    /// What installs it: a system and a command each.
    remedies: Vec<(&'static str, String)>,
}

/// Prints what was found. Status 1 if something needed is missing.
///
/// # Errors
/// None: what can't be found out is missing.
pub fn run(_args: &Args) -> Result<ExitCode> {
    let checks = checks();
    for check in &checks {
        out!("{}", check.text());
    }
    let lacking = checks.iter().filter(|check| check.is_needed && check.found.is_none()).count();
    if lacking == 0 {
        outln!("all that is needed is there");
        return Ok(ExitCode::SUCCESS);
    }
    outln!("needed and missing: {lacking}");
    Ok(ExitCode::FAILURE)
}

fn checks() -> Vec<Check> {
    vec![
        rustc(),
        toolchain("rust-lld, the linker", rust_lld(), "rustup toolchain install stable --force"),
        toolchain("the target that boots", target(), &format!("rustup target add {TARGET}")),
        toolchain("rustfmt", version("rustfmt"), "rustup component add rustfmt"),
        toolchain("clippy", version("cargo-clippy"), "rustup component add clippy"),
        tool("QEMU", Tool::Qemu, true),
        tool("qemu-img, for image formats other than raw", Tool::QemuImg, false),
        tool("Bochs, for a second opinion", Tool::Bochs, false),
        tool("gdb, for `cargo xtask gdb`", Tool::Gdb, false),
        Check {
            is_needed: false,
            ..toolchain("llvm-tools, for objdump and nm", llvm_tools(), "rustup component add llvm-tools")
        },
        Check {
            is_needed: false,
            ..toolchain(
                "cargo-mutants, for `cargo xtask mutants`",
                output("cargo", &["mutants", "--version"]).map(|text| text.trim().to_owned()),
                "cargo install cargo-mutants --locked",
            )
        },
    ]
}

impl Check {
    fn text(&self) -> String {
        match (&self.found, self.is_needed) {
            (Some(found), _) => format!("ok        {}: {found}\n", self.name),
            (None, true) => format!("MISSING   {}\n{}", self.name, self.remedy_lines()),
            (None, false) => format!("optional  {} isn't here\n{}", self.name, self.remedy_lines()),
        }
    }

    fn remedy_lines(&self) -> String {
        self.remedies.iter().map(|(system, command)| format!("            {system}: {command}\n")).collect()
    }
}

fn toolchain(name: &'static str, found: Option<String>, command: &str) -> Check {
    Check { name, is_needed: true, found, remedies: vec![("everywhere", command.to_owned())] }
}

fn tool(name: &'static str, tool: Tool, is_needed: bool) -> Check {
    let remedy = |manager: &Manager| manager.shell_line(tool, Who::USER).map(|line| (manager.systems, line));
    let remedies = MANAGERS.iter().filter_map(remedy).collect();
    let found = tool.find().map(|path| tool_version(tool, &path));
    Check { name, is_needed, found, remedies }
}

/// A tool's version, or its place where it isn't asked: Bochs has no option that prints only that.
fn tool_version(tool: Tool, path: &Path) -> String {
    let place = path.display().to_string();
    if tool == Tool::Bochs { place } else { version(&place).unwrap_or(place) }
}

fn rustc() -> Check {
    let found = version("rustc").filter(|text| text.split(' ').nth(1).is_some_and(is_new_enough));
    Check { name: "rustc", ..toolchain("", found, "rustup update stable") }
}

/// Whether `version`, such as `1.95.0`, isn't older than [`OLDEST_RUST`].
fn is_new_enough(version: &str) -> bool {
    numbers(version) >= numbers(OLDEST_RUST)
}

fn numbers(version: &str) -> Vec<u32> {
    version.split(['.', '-']).map_while(|part| part.parse().ok()).take(2).collect()
}

fn rust_lld() -> Option<String> {
    host_bin(&format!("rust-lld{}", std::env::consts::EXE_SUFFIX))
}

fn llvm_tools() -> Option<String> {
    host_bin(&format!("llvm-objdump{}", std::env::consts::EXE_SUFFIX))
}

/// A program among the toolchain's own, which stand beside the host's libraries.
fn host_bin(file: &str) -> Option<String> {
    let verbose = output("rustc", &["-vV"])?;
    let host = verbose.lines().find_map(|line| line.strip_prefix("host: "))?;
    let path = rustlib()?.join(host).join("bin").join(file);
    path.is_file().then(|| path.display().to_string())
}

fn target() -> Option<String> {
    rustlib()?.join(TARGET).join("lib").is_dir().then(|| TARGET.to_owned())
}

fn rustlib() -> Option<PathBuf> {
    Some(Path::new(output("rustc", &["--print", "sysroot"])?.trim()).join("lib/rustlib"))
}

/// The first line that `program --version` prints.
fn version(program: &str) -> Option<String> {
    output(program, &["--version"])?.lines().next().map(str::to_owned)
}

fn output(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_by_number() {
        assert!(is_new_enough("1.100.0"));
        assert!(is_new_enough("2.0.0-beta.1"));
        assert!(is_new_enough(OLDEST_RUST));
        assert!(!is_new_enough("1.9.0"));
        assert!(!is_new_enough(""));
    }

    #[test]
    fn what_is_missing_comes_with_a_command_for_each_system() {
        let check = Check { found: None, ..tool("QEMU", Tool::Qemu, true) };
        for system in ["Debian", "Fedora", "Arch", "macOS", "Windows"] {
            assert!(check.text().contains(system), "{}", check.text());
        }
    }
}
