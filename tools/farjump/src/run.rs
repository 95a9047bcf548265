//! `cargo xtask run`: builds, makes an image, boots it, and puts its serial port on the terminal.
//!
//! | standard input | serial port | ends | status 0 |
//! |---|---|---|---|
//! | a terminal | on the terminal | by Ctrl-C, the window, or the kernel | the kernel reported no panic and no exception |
//! | anything else | fed from it, copied to standard output | by the kernel, which finds `exit` on its command line, or at the time limit | the kernel reported success |
//!
//! The demo kernel reads nothing where it finds `exit`: commands for its monitor stand in `run=` on its command line.

mod feed;
mod terminal;

use std::env;
use std::io::{self, IsTerminal as _};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use disk_image::FLOPPY_SIZE;

use crate::image::{self, ImageSpec, RunDir};
use crate::install::{self, Tool};
use crate::interrupt;
use crate::output::noteln;
use crate::qemu::{self, Accel, Child, Disk, Expectation, Logs, Machine, MemorySize, Outcome, Watch, serial};
use crate::smoke::KERNEL_OK;
use crate::workspace::Workspace;
use terminal::SavedTerminal;

/// Options of `cargo xtask run`.
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// Show no window: the serial port is all there is
    #[arg(long)]
    pub headless: bool,
    /// Main memory
    #[arg(long, value_name = "SIZE", default_value = "256M")]
    pub memory: MemorySize,
    /// The CPU's model, as `qemu-system-x86_64 -cpu help` lists them [default: qemu64; host under KVM]
    #[arg(long, value_name = "MODEL")]
    pub cpu: Option<String>,
    /// Number of CPUs
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..))]
    pub smp: u8,
    /// How the disk is plugged in
    #[arg(long, value_enum, default_value_t)]
    pub disk: Disk,
    /// Wait for a gdb before the first instruction
    #[arg(long)]
    pub gdb: bool,
    /// What executes the guest's code
    #[arg(long, value_enum, default_value_t)]
    pub accel: Accel,
    /// The kernel's ELF file [default: build the one in kernel/]
    #[arg(long, value_name = "ELF")]
    pub kernel: Option<PathBuf>,
    /// What the kernel gets as its command line
    #[arg(long, value_name = "STR")]
    pub cmdline: Option<String>,
    /// A file that the loader hands to the kernel; may be repeated
    #[arg(long = "module", value_name = "FILE")]
    pub modules: Vec<PathBuf>,
    /// A file that is only put on the volume, such as hog.bin=/programs/hog.bin; may be repeated
    #[arg(long = "file", value_name = "SRC=DST", value_parser = image::parse_file)]
    pub files: Vec<image::ExtraFile>,
    /// Seconds after which the machine is ended, where standard input isn't a terminal
    #[arg(long, value_name = "SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub timeout: u64,
    /// Don't use the network
    #[arg(long)]
    pub offline: bool,
    /// More arguments for QEMU
    #[arg(last = true, value_name = "QEMU ARGS")]
    pub qemu: Vec<String>,
}

/// Boots, and says by the status how it went.
///
/// # Errors
/// QEMU is missing and wasn't installed, something doesn't build, or QEMU doesn't start.
pub fn run(args: &Args) -> Result<ExitCode> {
    boot(args, args.image())
}

/// Boots an image of the caller's own, made from `image` for this one run, and says by the status how it went.
///
/// # Errors
/// As [`run`].
pub fn boot(args: &Args, image: ImageSpec) -> Result<ExitCode> {
    install::ensure(Tool::Qemu)?;
    let workspace = Workspace::locate()?;
    let attended = io::stdin().is_terminal();
    let own = RunDir::create(&workspace)?;
    let image = image.output(own.image()).build(&workspace)?;
    let logs = Logs::create(&workspace.target, "run")?;
    let machine = args.machine(image)?;
    let outcome = if attended { on_terminal(&machine, &logs)? } else { piped(&machine, logs, args)? };
    Ok(verdict(&outcome, attended))
}

impl Args {
    /// Returns the image that these options ask for.
    #[must_use]
    pub fn image(&self) -> ImageSpec {
        let attended = io::stdin().is_terminal();
        ImageSpec::from(&image::Args {
            kernel: self.kernel.clone(),
            modules: self.modules.clone(),
            files: self.files.clone(),
            cmdline: cmdline(self.cmdline.as_deref(), attended),
            // A floppy drive takes only what has a floppy's size.
            size: (self.disk == Disk::Floppy).then_some(FLOPPY_SIZE),
            offline: self.offline,
            ..image::Args::default()
        })
    }

    fn machine(&self, image: PathBuf) -> Result<Machine> {
        let has_screen = has_screen();
        if !self.headless && !has_screen {
            noteln!("no DISPLAY or WAYLAND_DISPLAY: there will be no window, as with --headless");
        }
        let gdb = if self.gdb { Some(free_port()?) } else { None };
        if let Some(port) = gdb {
            noteln!("the machine waits for a gdb: target remote 127.0.0.1:{port}");
        }
        Ok(Machine {
            disk: self.disk,
            memory: self.memory.clone(),
            cpu: self.cpu.clone(),
            smp: self.smp,
            accel: self.accel,
            headless: self.headless || !has_screen,
            paused: self.gdb,
            gdb,
            extra: self.qemu.clone(),
            ..Machine::headless(image)
        })
    }
}

/// A port of the loopback interface that is free now.
pub(crate) fn free_port() -> Result<u16> {
    let listener = TcpListener::bind("127.0.0.1:0").context("there is no free port on 127.0.0.1")?;
    Ok(listener.local_addr()?.port())
}

/// The command line; without someone at the terminal the kernel has to end the machine itself.
fn cmdline(passed: Option<&str>, attended: bool) -> Option<String> {
    let passed = passed.map(str::to_owned);
    if attended || passed.as_ref().is_some_and(|words| words.split_whitespace().any(|word| word == "exit")) {
        return passed;
    }
    Some(passed.map_or_else(|| "exit".to_owned(), |words| format!("{words} exit")))
}

fn has_screen() -> bool {
    let needs_display = cfg!(unix) && !cfg!(target_os = "macos");
    let is_set = |name| env::var_os(name).is_some_and(|value| !value.is_empty());
    !needs_display || is_set("DISPLAY") || is_set("WAYLAND_DISPLAY")
}

fn on_terminal(machine: &Machine, logs: &Logs) -> Result<Outcome> {
    // Ctrl-C reaches QEMU too, which ends; then we do. A signal for us alone ends us, and so QEMU.
    interrupt::leave_ctrl_c_to_the_child();
    let _terminal = SavedTerminal::save();
    noteln!("booting {}; Ctrl-C ends it", machine.image.display());
    let mut command = Command::new(install::qemu_program());
    let mut child = Child::start_on_terminal(command.args(machine.arguments(logs)?))?;
    let status = child.wait()?;
    Ok(Outcome::of_status(status, logs.tell_of_triple_fault(), String::new()))
}

fn piped(machine: &Machine, logs: Logs, args: &Args) -> Result<Outcome> {
    let mut command = Command::new(install::qemu_program());
    command.args(machine.arguments(&logs)?).stdin(Stdio::piped()).stdout(Stdio::piped());
    let started = Instant::now();
    let mut child = Child::start(&mut command)?;
    let input = feed::start(io::stdin(), child.take_stdin().context("QEMU's input is piped")?);
    let lines = serial::lines(child.take_stdout().context("QEMU's output is piped")?, true);
    let time_limit = Duration::from_secs(args.timeout);
    let watch = Watch { expected: Expectation::default(), time_limit, stop_when_seen: false, logs };
    let report = qemu::watch(&mut child, &lines, started, watch, &mut |line| {
        if line.text == KERNEL_OK {
            input.open();
        }
    })?;
    if input.has_input() && args.kernel.is_none() {
        noteln!(
            "the kernel has not read standard input: without a terminal it ends by itself; \
             pass commands for its monitor by --cmdline 'run=\"mem; irq\"'"
        );
    }
    if report.outcome != Outcome::Success {
        noteln!("logs: {}, {}", report.logs.serial.display(), report.logs.qemu.display());
    }
    Ok(report.outcome)
}

fn verdict(outcome: &Outcome, attended: bool) -> ExitCode {
    match outcome {
        Outcome::Success => ExitCode::SUCCESS,
        Outcome::PoweredOff if attended => ExitCode::SUCCESS,
        Outcome::TimedOut => {
            noteln!("error: {outcome}, so the machine was ended; --timeout SECONDS allows more time");
            ExitCode::FAILURE
        }
        _ => {
            noteln!("error: {outcome}");
            ExitCode::FAILURE
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_terminal_the_kernel_is_told_to_exit() {
        assert_eq!(cmdline(None, false).unwrap(), "exit");
        assert_eq!(cmdline(Some("log=info"), false).unwrap(), "log=info exit");
        assert_eq!(cmdline(Some("exit log=info"), false).unwrap(), "exit log=info");
    }

    #[test]
    fn at_a_terminal_the_command_line_is_the_users_own() {
        assert_eq!(cmdline(None, true), None);
        assert_eq!(cmdline(Some("log=info"), true).unwrap(), "log=info");
    }

    #[test]
    fn only_the_kernels_success_is_success_without_a_terminal() {
        let is_success = |outcome, attended| verdict(&outcome, attended) == ExitCode::SUCCESS;
        assert!(is_success(Outcome::Success, false));
        assert!(!is_success(Outcome::PoweredOff, false));
        assert!(is_success(Outcome::PoweredOff, true));
        assert!(!is_success(Outcome::Panicked, true));
        assert!(!is_success(Outcome::Exception, true));
    }
}
