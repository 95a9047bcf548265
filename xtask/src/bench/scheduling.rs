//! Keeps QEMU's threads in order, so that a boot always takes the same number of instructions.
//!
//! The BIOS polls while the disk works, and the more it polls, the longer QEMU's I/O threads take to be
//! scheduled. With all threads on one core, and all but the guest's CPU at real-time priority, the disk is
//! always done before the guest continues.
//!
//! Uses `taskset` and `chrt` of util-linux. Where those are missing or not permitted, counts move by some
//! percent, and the output says so.

use std::fmt;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, ensure};

use farjump::install;

/// Whether QEMU's threads can be kept in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Scheduling {
    /// On this core.
    Exact { core: String },
    /// As the system likes.
    Loose,
}

impl Scheduling {
    /// Tries what is permitted.
    pub(super) fn find() -> Self {
        let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
        let Some(core) = last_core(&status) else { return Self::Loose };
        let exact = Self::Exact { core };
        let mut trial = exact.command("true".as_ref());
        let works = trial.stdout(Stdio::null()).stderr(Stdio::null()).status();
        if works.is_ok_and(|status| status.success()) { exact } else { Self::Loose }
    }

    /// A command that starts QEMU. Its threads inherit what is set here.
    pub(super) fn qemu(&self) -> Command {
        self.command(&install::qemu_program())
    }

    fn command(&self, program: &std::ffi::OsStr) -> Command {
        let Self::Exact { core } = self else { return Command::new(program) };
        let mut command = Command::new("taskset");
        command.args(["--cpu-list", core, "chrt", "--fifo", "1"]).arg(program);
        command
    }

    /// Puts the thread that runs the guest after all others.
    pub(super) fn demote(&self, thread: u64) -> Result<()> {
        if *self == Self::Loose {
            return Ok(());
        }
        let output = Command::new("chrt").args(["--other", "--pid", "0", &thread.to_string()]).output();
        let output = output.context("can't start chrt")?;
        ensure!(output.status.success(), "chrt: {}", String::from_utf8_lossy(&output.stderr));
        Ok(())
    }

    /// Returns whether counts are exact.
    pub(super) fn is_exact(&self) -> bool {
        *self != Self::Loose
    }

    /// A directory for images, in memory if there is one.
    pub(super) fn image_directory() -> PathBuf {
        let in_memory = PathBuf::from("/dev/shm");
        if in_memory.is_dir() { in_memory } else { std::env::temp_dir() }
    }
}

/// The last core that `/proc/self/status` allows: the first has more interrupts to serve.
fn last_core(status: &str) -> Option<String> {
    let list = status.lines().find_map(|line| line.strip_prefix("Cpus_allowed_list:"))?;
    list.trim().rsplit([',', '-']).next().filter(|core| !core.is_empty()).map(str::to_owned)
}

impl fmt::Display for Scheduling {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exact { core } => {
                write!(f, "all of QEMU's threads on core {core}, its I/O ahead of the guest: counts are exact")
            }
            Self::Loose => f.write_str(
                "no permission for real-time priority (try as root, with util-linux): counts move by some percent",
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_permitted_core_is_taken() {
        assert_eq!(last_core("Cpus_allowed_list:\t0-1\n").unwrap(), "1");
        assert_eq!(last_core("x\nCpus_allowed_list:\t0,4-7,9").unwrap(), "9");
        assert_eq!(last_core("Cpus_allowed_list:\t3").unwrap(), "3");
        assert_eq!(last_core(""), None);
    }
}
