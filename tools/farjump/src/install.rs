//! The programs that farjump needs beside Rust's own, and how each system's package manager is asked for them.
//!
//! One table serves `doctor`, which prints it, and `run` and `test`, which install a missing QEMU by it.

mod manager;

use std::env;
use std::ffi::OsString;
use std::io::{self, BufRead as _, IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use crate::output::{note, noteln};

pub use manager::{MANAGERS, Manager, Who};

/// A program from outside Rust's toolchain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tool {
    /// The emulator.
    Qemu,
    /// QEMU's converter of image formats.
    QemuImg,
    /// Another emulator, for a second opinion.
    Bochs,
    /// The debugger.
    Gdb,
}

impl Tool {
    /// The program's name.
    #[must_use]
    pub const fn program(self) -> &'static str {
        match self {
            Self::Qemu => "qemu-system-x86_64",
            Self::QemuImg => "qemu-img",
            Self::Bochs => "bochs",
            Self::Gdb => "gdb",
        }
    }

    /// The program's file, if it is installed.
    #[must_use]
    pub fn find(self) -> Option<PathBuf> {
        let path = env::var_os("PATH").unwrap_or_default();
        // QEMU's installer for Windows leaves the search path as it is.
        let directories = env::split_paths(&path).chain(["C:/Program Files/qemu".into()]);
        let file = format!("{}{}", self.program(), env::consts::EXE_SUFFIX);
        directories.map(|directory| directory.join(&file)).find(|candidate| candidate.is_file())
    }
}

impl Who {
    fn here() -> Self {
        let is_asked = io::stdin().is_terminal() && io::stderr().is_terminal();
        Self { is_root: is_root(), is_asked }
    }
}

fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output();
    id.is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}

/// QEMU's program file, or its bare name where it isn't found: starting that then says so.
#[must_use]
pub fn qemu_program() -> OsString {
    Tool::Qemu.find().map_or_else(|| Tool::Qemu.program().into(), PathBuf::into_os_string)
}

/// Makes sure that `tool` is there. A missing one is installed if the user at the terminal agrees, or, where
/// there is no terminal, if we are root, as on a CI machine.
///
/// # Errors
/// It is missing and wasn't installed; the message holds the command that does it.
pub fn ensure(tool: Tool) -> Result<()> {
    if tool.find().is_some() {
        return Ok(());
    }
    let program = tool.program();
    let who = Who::here();
    let Some((manager, line)) = Manager::here().and_then(|here| Some((here, here.shell_line(tool, who)?)))
    else {
        bail!("{program} is missing; `cargo xtask doctor` says how each system installs it");
    };
    let agreed = if who.is_asked { ask(program, &line)? } else { who.is_root };
    if !agreed {
        bail!("{program} is missing; install it with: {line}");
    }
    noteln!("{program} is missing: installing it with {}", manager.program);
    for command in manager.commands(tool, who) {
        execute(&command)?;
    }
    match tool.find() {
        Some(_) => Ok(()),
        None => bail!("{} reports success, but there is still no {program} on the PATH", manager.program),
    }
}

fn ask(program: &str, line: &str) -> Result<bool> {
    note!("{program} is missing. Install it now with `{line}`? [Y/n] ");
    io::stderr().flush()?;
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer)?;
    Ok(is_yes(&answer))
}

fn is_yes(answer: &str) -> bool {
    matches!(answer.trim().to_ascii_lowercase().as_str(), "" | "y" | "yes") && answer.ends_with('\n')
}

fn execute(command: &[&str]) -> Result<()> {
    let line = command.join(" ");
    noteln!("+ {line}");
    let (program, arguments) = command.split_first().context("a command has a name")?;
    let mut process = Command::new(Path::new(program));
    // Standard output is the caller's own, for what it was asked for.
    process.args(arguments).env("DEBIAN_FRONTEND", "noninteractive").stdout(io::stderr());
    let status = process.status().with_context(|| format!("can't start `{line}`"))?;
    if !status.success() {
        bail!("`{line}` ended with {status}");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_answer_counts_as_yes() {
        assert!(is_yes("\n") && is_yes("Y\n") && is_yes("yes\r\n"));
        assert!(!is_yes("n\n"));
        assert!(!is_yes(""), "the end of the input isn't an answer");
    }
}
