//! `cargo xtask objdump`, `nm` and `size`: what the linker made of the stages.

mod tool;

use std::ffi::OsString;
use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, ExitCode};

use anyhow::{Context as _, Result};
use clap::ValueEnum;

use crate::build::{self, LoadedSize, SectionSizes};
use crate::output::out;
use crate::workspace::Workspace;
use tool::{Tool, Toolchain};

/// The programs of a boot, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Stage {
    /// The boot sector
    Stage1,
    /// The loader
    Stage2,
    /// The kernel in kernel/
    Kernel,
}

/// Options of `cargo xtask objdump` and `nm`.
#[derive(Debug, Clone, clap::Args)]
pub struct ToolArgs {
    /// Which of them
    #[arg(value_enum)]
    pub stage: Stage,
    /// Don't use the network
    #[arg(long)]
    pub offline: bool,
    /// Further arguments for the tool, after `--`
    #[arg(last = true, value_name = "ARGS")]
    pub tool_args: Vec<OsString>,
}

/// Options of `cargo xtask size`.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct SizeArgs {
    /// Don't use the network
    #[arg(long)]
    pub offline: bool,
}

/// Disassembles a stage: the boot sector as 16-bit code, all else as 64-bit code.
///
/// # Errors
/// The stage doesn't build, or there is no objdump.
pub fn objdump(args: &ToolArgs) -> Result<ExitCode> {
    let elf = stage_elf(args.stage, args.offline)?;
    let Tool { program, toolchain } = tool::find("objdump")?;
    let mut command = Command::new(program);
    command.args(["--disassemble", "--demangle"]);
    match (args.stage, toolchain) {
        (Stage::Stage1, Toolchain::Llvm) => command.arg("--triple=i386-unknown-unknown-code16"),
        (Stage::Stage1, Toolchain::Gnu) => command.arg("--architecture=i8086"),
        _ => &mut command,
    };
    tool::run(command.args(&args.tool_args).arg(elf))
}

/// Lists a stage's symbols by address.
///
/// # Errors
/// The stage doesn't build, or there is no nm.
pub fn nm(args: &ToolArgs) -> Result<ExitCode> {
    let elf = stage_elf(args.stage, args.offline)?;
    let mut command = Command::new(tool::find("nm")?.program);
    command.args(["--numeric-sort", "--demangle"]);
    tool::run(command.args(&args.tool_args).arg(elf))
}

/// Prints a Markdown table of what all stages have in memory and on the disk.
///
/// # Errors
/// A stage doesn't build.
pub fn size(args: &SizeArgs) -> Result<ExitCode> {
    let workspace = Workspace::locate()?;
    let boot = build::stages(&workspace, build::Stage2::Plain, args.offline)?;
    let kernel = build::demo_kernel(&workspace, args.offline)?;
    let kernel_bytes = fs::read(&kernel).with_context(|| format!("can't read {}", kernel.display()))?;
    let kernel_on_disk = LoadedSize::of(&kernel_bytes)?.file;
    let mut table =
        String::from("| bytes | text | rodata | data | bss | on the disk |\n|---|--:|--:|--:|--:|--:|\n");
    for (name, elf, on_disk) in [
        ("stage1", boot.stage1_elf, boot.stage1.len() as u64),
        ("stage2", boot.stage2_elf, boot.stage2.len() as u64),
        ("kernel", kernel, kernel_on_disk),
    ] {
        let bytes = fs::read(&elf).with_context(|| format!("can't read {}", elf.display()))?;
        let SectionSizes { text, rodata, data, bss } = SectionSizes::of(&bytes)?;
        // Writing to a String can't fail.
        let _ = writeln!(table, "| {name} | {text} | {rodata} | {data} | {bss} | {on_disk} |");
    }
    out!("{table}");
    Ok(ExitCode::SUCCESS)
}

fn stage_elf(stage: Stage, offline: bool) -> Result<PathBuf> {
    let workspace = Workspace::locate()?;
    match stage {
        Stage::Stage1 => Ok(build::stages(&workspace, build::Stage2::Plain, offline)?.stage1_elf),
        Stage::Stage2 => Ok(build::stages(&workspace, build::Stage2::Plain, offline)?.stage2_elf),
        Stage::Kernel => build::demo_kernel(&workspace, offline),
    }
}
