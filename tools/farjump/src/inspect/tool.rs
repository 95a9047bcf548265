//! Finds a tool that reads ELF files: rustup's llvm-tools, rustc's own, or the system's.

use std::env::consts::EXE_SUFFIX;
use std::path::PathBuf;
use std::process::{Command, ExitCode, Stdio};

use anyhow::{Context as _, Result, bail};
use llvm_tools::LlvmTools;

/// Whose tool it is: their options differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Toolchain {
    /// LLVM.
    Llvm,
    /// GNU binutils.
    Gnu,
}

/// A tool that is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Tool {
    pub(super) program: PathBuf,
    pub(super) toolchain: Toolchain,
}

/// The tool `name`, such as `objdump`.
pub(super) fn find(name: &str) -> Result<Tool> {
    let llvm = llvm_tools::exe(&format!("llvm-{name}")).into_owned();
    if let Some(program) = LlvmTools::new().ok().and_then(|tools| tools.tool(&llvm)) {
        return Ok(Tool { program, toolchain: Toolchain::Llvm });
    }
    if let Some(program) = in_sysroot(&format!("rust-{name}{EXE_SUFFIX}")) {
        return Ok(Tool { program, toolchain: Toolchain::Llvm });
    }
    for (program, toolchain) in [(format!("llvm-{name}"), Toolchain::Llvm), (name.to_owned(), Toolchain::Gnu)]
    {
        if let Some(toolchain) = answers(&program, toolchain) {
            return Ok(Tool { program: program.into(), toolchain });
        }
    }
    bail!(
        "there is no {name} here; `rustup component add llvm-tools` installs one, and so does your system's \
         package `binutils`"
    )
}

/// Runs `command`; its status becomes ours.
pub(super) fn run(command: &mut Command) -> Result<ExitCode> {
    let program = command.get_program().to_owned();
    let status = command.status().with_context(|| format!("can't start {}", program.display()))?;
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The file `name` beside rustc's linker: distributions put tools there under rustc's name.
fn in_sysroot(name: &str) -> Option<PathBuf> {
    let output = Command::new("rustc").args(["--print", "sysroot"]).output().ok()?;
    let sysroot = PathBuf::from(String::from_utf8(output.stdout).ok()?.trim());
    let targets = sysroot.join("lib").join("rustlib").read_dir().ok()?;
    targets.flatten().map(|target| target.path().join("bin").join(name)).find(|path| path.is_file())
}

/// Whether `program` is on the path; on macOS, the one with GNU's name is LLVM's.
fn answers(program: &str, toolchain: Toolchain) -> Option<Toolchain> {
    let output = Command::new(program).arg("--version").stderr(Stdio::null()).output().ok()?;
    let says_llvm = String::from_utf8_lossy(&output.stdout).contains("LLVM");
    output.status.success().then_some(if says_llvm { Toolchain::Llvm } else { toolchain })
}
