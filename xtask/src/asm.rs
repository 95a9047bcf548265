//! `cargo xtask asm`: sources to bytecode programs, and back.
//!
//! Nothing is written if a source has an error; the status is then 1.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, Result, bail, ensure};
use farjump_bytecode::Program;
use farjump_bytecode::assembler::{Diagnostic, MAX_DIAGNOSTICS, assemble};
use farjump_bytecode::disassembler::disassemble;

use crate::sched::{read, write};
use farjump::output::noteln;

/// Bytes that a source can have: 64 KiB of code in lines of any usual length.
const MAX_SOURCE: u64 = 16 << 20;

/// Options of `cargo xtask asm`.
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// The source to assemble, or with --disassemble the program
    file: PathBuf,
    /// The output file [default: the source's name with the extension .bin; with --disassemble the standard output]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Disassemble a program into a source that assembles to the same bytes
    #[arg(long)]
    disassemble: bool,
    /// Skip bytes of the program that aren't instructions, and print their number
    #[arg(long, requires = "disassemble")]
    lenient: bool,
}

/// Assembles or disassembles a file.
///
/// # Errors
/// The file can't be read, the output can't be written, or a program is rejected. Errors of a source are printed with
/// their lines, and are status 1.
pub fn run(args: &Args) -> Result<ExitCode> {
    if args.disassemble {
        let source = source_of(&args.file, args.lenient)?;
        write(args.output.as_deref(), source.as_bytes())?;
        return Ok(ExitCode::SUCCESS);
    }
    let output = args.output.clone().unwrap_or_else(|| args.file.with_extension("bin"));
    ensure_other(&output, &args.file)?;
    let source = read(&args.file, MAX_SOURCE)?;
    let name = args.file.display().to_string();
    match assemble(&source) {
        Ok(assembled) => {
            print(&assembled.warnings, &name, &source);
            let program = assembled.program;
            write(Some(&output), &program.to_file())?;
            noteln!("{}: {} bytes of code", output.display(), program.code().len());
            Ok(ExitCode::SUCCESS)
        }
        Err(errors) => {
            print(&errors, &name, &source);
            let more = if errors.len() < MAX_DIAGNOSTICS { "" } else { " or more" };
            bail!("{name}: {} errors{more}; nothing was written", errors.len());
        }
    }
}

/// A program as a source.
fn source_of(file: &Path, lenient: bool) -> Result<String> {
    let bytes = read(file, 2 * farjump_bytecode::program::MAX_CODE as u64)?;
    let name = || file.display().to_string();
    if !lenient {
        return Ok(disassemble(&Program::load(&bytes).with_context(name)?));
    }
    let loaded = Program::load_lenient(&bytes).with_context(name)?;
    noteln!("{}: left out {} bytes that are no instruction", file.display(), loaded.dropped);
    Ok(disassemble(&loaded.program))
}

/// A source isn't replaced by its program.
fn ensure_other(output: &Path, source: &Path) -> Result<()> {
    let same = output == source
        || output
            .canonicalize()
            .is_ok_and(|output| source.canonicalize().is_ok_and(|source| output == source));
    ensure!(!same, "{}: is the source; name another file with -o", output.display());
    Ok(())
}

fn print(diagnostics: &[Diagnostic], name: &str, source: &[u8]) {
    for diagnostic in diagnostics {
        noteln!("{}\n", diagnostic.in_file(name, source));
    }
}
