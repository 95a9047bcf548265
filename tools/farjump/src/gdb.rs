//! `cargo xtask gdb`: a boot that waits at the CPU's reset, and a gdb that knows the symbols.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

use anyhow::{Context as _, Result};

use crate::build::source_paths::{self, SourcePath};
use crate::build::{self, Boot};
use crate::image::{ImageSpec, RunDir};
use crate::install::{self, Tool};
use crate::interrupt;
use crate::output::{noteln, out};
use crate::qemu::{Child, Disk, Logs, Machine, SerialPort};
use crate::run::free_port;
use crate::workspace::Workspace;

/// Options of `cargo xtask gdb`.
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// The kernel's ELF file [default: build the one in kernel/]
    #[arg(long, value_name = "ELF")]
    kernel: Option<PathBuf>,
    /// What the kernel gets as its command line
    #[arg(long, value_name = "STR")]
    cmdline: Option<String>,
    /// How the disk is plugged in
    #[arg(long, value_enum, default_value_t)]
    disk: Disk,
    /// Don't use the network
    #[arg(long)]
    offline: bool,
}

/// Starts the machine and gdb; where there is no gdb, prints what to type into one elsewhere.
///
/// # Errors
/// QEMU is missing and wasn't installed, something doesn't build, or QEMU or gdb doesn't start.
pub fn run(args: &Args) -> Result<ExitCode> {
    install::ensure(Tool::Qemu)?;
    let workspace = Workspace::locate()?;
    let kernel = match &args.kernel {
        Some(kernel) => kernel.clone(),
        None => build::demo_kernel(&workspace, args.offline)?,
    };
    let boot = build::stages(&workspace, build::Stage2::Plain, args.offline)?;
    let own = RunDir::create(&workspace)?;
    let image = args.image(&kernel).output(own.image()).build(&workspace)?;
    let logs = Logs::create(&workspace.target, "gdb")?;
    let port = free_port()?;
    let sources = source_paths::all(&workspace, &workspace.path("Cargo.toml"));
    // Beside the image, in this session's own directory: another session has another port.
    let path = own.path("farjump.gdb");
    let script = script(&boot, &kernel, port, &sources);
    fs::write(&path, script).with_context(|| format!("can't write {}", path.display()))?;
    let _machine = start(args, image, &logs, port)?;
    noteln!("serial port: {}", logs.serial.display());
    debug(&path)
}

impl Args {
    fn image(&self, kernel: &Path) -> ImageSpec {
        let image = ImageSpec::new(kernel).offline(self.offline);
        match &self.cmdline {
            Some(line) => image.command_line(line),
            None => image,
        }
    }
}

fn start(args: &Args, image: PathBuf, logs: &Logs, port: u16) -> Result<Child> {
    // Ctrl-C is gdb's, to interrupt the machine; we and QEMU stay until gdb ends.
    interrupt::leave_ctrl_c_to_the_child();
    let machine = Machine {
        disk: args.disk,
        serial: SerialPort::Log,
        paused: true,
        gdb: Some(port),
        ..Machine::headless(image)
    };
    let mut command = Command::new(install::qemu_program());
    command.args(machine.arguments(logs)?).stdin(Stdio::null());
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    Child::start(&mut command)
}

/// What gdb is told. Its symbols are stage 2's and the kernel's; the boot sector has too few to matter.
fn script(boot: &Boot, kernel: &Path, port: u16, sources: &[SourcePath]) -> String {
    let substitute =
        |(directory, name): &SourcePath| format!("set substitute-path {name} \"{}\"\n", directory.display());
    let sources: String = sources.iter().map(substitute).collect();
    format!(
        "# Written by `cargo xtask gdb`: gdb -x THIS_FILE\n\
         set confirm off\n\
         {sources}\
         set architecture i386:x86-64\n\
         symbol-file \"{}\"\n\
         add-symbol-file \"{}\"\n\
         target remote 127.0.0.1:{port}\n\
         # The kernel's first instruction, in a language in which that is an address.\n\
         set language c\n\
         hbreak *_start\n\
         set language auto\n",
        kernel.display(),
        boot.stage2_elf.display(),
    )
}

fn debug(script: &Path) -> Result<ExitCode> {
    let Some(gdb) = Tool::Gdb.find() else {
        noteln!("gdb is missing (`cargo xtask doctor` says how to install it). From another one, type:");
        out!("{}", fs::read_to_string(script)?);
        noteln!("The machine waits until you press Enter here.");
        std::io::stdin().read_line(&mut String::new())?;
        return Ok(ExitCode::SUCCESS);
    };
    let status = Command::new(gdb).arg("-q").arg("-x").arg(script).status().context("can't start gdb")?;
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gdb_gets_both_symbol_files_and_the_port() {
        let boot = Boot { stage1: vec![], stage2: vec![], stage1_elf: "s1".into(), stage2_elf: "s2".into() };
        let sources = [("/my sources".into(), "/farjump")];
        let script = script(&boot, Path::new("my kernel"), 1234, &sources);
        assert!(script.contains("set substitute-path /farjump \"/my sources\"\n"));
        assert!(script.contains("hbreak *_start\n"));
        assert!(script.contains("symbol-file \"my kernel\"\n"));
        assert!(script.contains("add-symbol-file \"s2\"\n"));
        assert!(script.contains("127.0.0.1:1234"));
    }
}
