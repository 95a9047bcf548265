//! An emulator's process, which never outlives its handle.

use std::ffi::OsStr;
use std::io::{self, Read};
use std::process::{self, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};

/// How often a wait with a time limit looks whether the process has ended.
const POLL_INTERVAL: Duration = Duration::from_millis(5);

/// How much of standard error is kept.
const KEPT_ERROR_BYTES: usize = 2000;

/// A running emulator. Dropping it kills and reaps the process, by its own handle.
///
/// On Linux the system also kills it when the thread that started it ends, so that it doesn't live on when
/// this program is killed: keep the handle in that thread.
#[derive(Debug)]
pub struct Child {
    process: process::Child,
    errors: Option<JoinHandle<String>>,
}

impl Child {
    /// Starts `command` with its standard error kept for [`Self::errors`].
    pub fn start(command: &mut Command) -> Result<Self> {
        command.stderr(Stdio::piped());
        let mut child = Self::start_on_terminal(command)?;
        child.errors = child.process.stderr.take().map(|stderr| thread::spawn(|| kept_errors(stderr)));
        Ok(child)
    }

    /// Starts `command` with the standard error that it says, this program's own if it says nothing.
    pub fn start_on_terminal(command: &mut Command) -> Result<Self> {
        tie_to_this_process(command);
        let process = command.spawn().with_context(|| {
            format!("can't start {}; `cargo xtask doctor` tells what is missing", name(command.get_program()))
        })?;
        Ok(Self { process, errors: None })
    }

    /// The process's number.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// What goes to its standard input, once, if that was piped.
    pub fn take_stdin(&mut self) -> Option<ChildStdin> {
        self.process.stdin.take()
    }

    /// What comes from its standard output, once, if that was piped.
    pub fn take_stdout(&mut self) -> Option<ChildStdout> {
        self.process.stdout.take()
    }

    /// Whether it runs: `None`, or how it ended.
    pub fn status(&mut self) -> Result<Option<ExitStatus>> {
        self.process.try_wait().context("can't ask for the emulator's status")
    }

    /// Waits for its end, at most until `deadline`.
    pub fn wait_until(&mut self, deadline: Instant) -> Result<Option<ExitStatus>> {
        loop {
            let status = self.status()?;
            if status.is_some() || Instant::now() >= deadline {
                return Ok(status);
            }
            thread::sleep(POLL_INTERVAL);
        }
    }

    /// Waits for its end, however long that takes.
    pub fn wait(&mut self) -> Result<ExitStatus> {
        self.process.wait().context("can't wait for the emulator")
    }

    /// Ends it.
    pub fn kill(&mut self) {
        // Both fail only if it has ended already, which is what was wanted.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }

    /// The last that it wrote to standard error. Waits for its end.
    pub fn errors(&mut self) -> String {
        self.errors.take().and_then(|thread| thread.join().ok()).unwrap_or_default()
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        self.kill();
    }
}

fn name(program: &OsStr) -> String {
    program.to_string_lossy().into_owned()
}

fn kept_errors(mut stderr: impl Read) -> String {
    let mut kept = Vec::new();
    let mut chunk = [0; 1024];
    while let Ok(length @ 1..) = stderr.read(&mut chunk) {
        kept.extend_from_slice(&chunk[..length]);
        kept.drain(..kept.len().saturating_sub(KEPT_ERROR_BYTES));
    }
    String::from_utf8_lossy(&kept).trim().to_owned()
}

/// Has the system kill the new process when we end without having done so.
#[cfg(target_os = "linux")]
fn tie_to_this_process(command: &mut Command) {
    use std::os::unix::process::CommandExt as _;

    let parent = process::id();
    let tie = move || -> io::Result<()> {
        rustix::process::set_parent_process_death_signal(Some(rustix::process::Signal::KILL))?;
        // We may have died before the line above: then no signal will come any more.
        let still_ours = std::os::unix::process::parent_id() == parent;
        if still_ours { Ok(()) } else { Err(io::Error::from(io::ErrorKind::Interrupted)) }
    };
    // SAFETY: between fork and exec only async-signal-safe calls are allowed. `tie` makes two plain system
    // calls, prctl and getppid, takes no lock and allocates nothing.
    unsafe { command.pre_exec(tie) };
}

/// Only Linux has such a tie; elsewhere the handle's drop is all.
#[cfg(not(target_os = "linux"))]
fn tie_to_this_process(_command: &mut Command) {}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use super::*;

    fn sleeper() -> Child {
        Child::start(Command::new("sleep").arg("60")).unwrap()
    }

    #[test]
    fn a_wait_ends_at_its_deadline() {
        let mut child = sleeper();
        let started = Instant::now();
        assert!(child.wait_until(started + Duration::from_millis(50)).unwrap().is_none());
        assert!(started.elapsed() < Duration::from_secs(10));
    }

    #[test]
    fn a_killed_child_is_reaped() {
        let mut child = sleeper();
        child.kill();
        assert!(child.status().unwrap().is_some());
    }

    #[test]
    fn standard_error_is_kept() {
        let mut child =
            Child::start(Command::new("sh").args(["-c", "echo no such disk >&2; exit 1"])).unwrap();
        assert_eq!(child.errors(), "no such disk");
        assert_eq!(child.wait().unwrap().code(), Some(1));
    }

    #[test]
    fn a_missing_program_is_named() {
        let error = Child::start(&mut Command::new("farjump-no-such-emulator")).unwrap_err();
        assert!(error.to_string().contains("farjump-no-such-emulator"), "{error}");
    }
}
