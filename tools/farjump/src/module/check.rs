//! `cargo xtask modcheck`: the loader's verdict on files, without running any of them.
//!
//! ```text
//! greeter.so: ok: 3 segments, 0 relocations, exports greet
//! broken.so: refused: text-relocations: relocations in code (DT_TEXTREL): compile it position independent
//! ```
//!
//! A file is checked, relocated into memory that is never executed, its initialisers are looked at and not called, and
//! each `--symbol` is looked up. Takes a second and 64 MiB at most, whatever is in the file: larger ones than 16 MiB
//! are refused unread.

use std::fmt;
use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, Result};
use farjump_module_loader::memory::Scratch;
use farjump_module_loader::{LoadError, NameList, NoLibraries, Plan, limits};

/// Options of `cargo xtask modcheck`.
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// A symbol that each file has to export; may be repeated
    #[arg(long = "symbol", value_name = "NAME")]
    pub symbols: Vec<String>,
    /// Shared objects
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
}

/// Prints a line for each file. Status 1 if one is refused, or lacks a symbol.
///
/// # Errors
/// The verdict can't be printed. What can't be read is refused.
pub fn run(args: &Args) -> Result<ExitCode> {
    // Not `println!`: the reader may have closed the pipe already.
    let mut output = io::stdout().lock();
    let mut all_ok = true;
    for path in &args.files {
        let verdict = read(path).and_then(|file| check(&file, &args.symbols));
        all_ok &= verdict.is_ok();
        let path = path.display();
        let written = match verdict {
            Ok(summary) => writeln!(output, "{path}: ok: {summary}"),
            Err(reason) => writeln!(output, "{path}: refused: {reason}"),
        };
        written.context("can't print the verdict")?;
    }
    Ok(if all_ok { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// What is said of a file that is fit to be loaded.
struct Summary {
    segments: usize,
    relocations: u64,
    exports: String,
}

/// The loader's verdict on the bytes of a file: a summary, or `rule: what is wrong`.
fn check(file: &[u8], symbols: &[String]) -> Result<Summary, String> {
    let plan = Plan::new(file, &NoLibraries).map_err(|error| error.to_string())?;
    let image = plan.map(&mut Scratch).map_err(|error| match error {
        LoadError::Rejected(error) => error.to_string(),
        LoadError::Memory(never) => match never {},
    })?;
    let missing: Vec<&[u8]> =
        symbols.iter().map(String::as_bytes).filter(|name| image.find(name).is_none()).collect();
    if !missing.is_empty() {
        return Err(format!("symbol: it doesn't export {}", NameList(&missing)));
    }
    let mut names: Vec<&[u8]> = plan.export_names().collect();
    names.sort_unstable();
    names.dedup();
    let exports = if names.is_empty() { "nothing".to_owned() } else { NameList(&names).to_string() };
    Ok(Summary { segments: plan.segment_count(), relocations: plan.relocation_count(), exports })
}

/// The bytes of a file; of one that is too large as many as show it.
fn read(path: &Path) -> Result<Vec<u8>, String> {
    let unreadable = |error: std::io::Error| format!("unreadable: {error}");
    // Before it is opened: opening a pipe waits for its other end.
    if !path.metadata().map_err(unreadable)?.is_file() {
        return Err("unreadable: not a file".to_owned());
    }
    let file = File::open(path).map_err(unreadable)?;
    let size = file.metadata().map_err(unreadable)?.len();
    let mut bytes =
        Vec::with_capacity(usize::try_from(size).map_or(0, |size| size.min(limits::FILE_SIZE) + 1));
    file.take(limits::FILE_SIZE as u64 + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    Ok(bytes)
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counted = |count: u64, what: &str| format!("{count} {what}{}", if count == 1 { "" } else { "s" });
        let (segments, relocations) =
            (counted(self.segments as u64, "segment"), counted(self.relocations, "relocation"));
        write!(f, "{segments}, {relocations}, exports {}", self.exports)
    }
}
