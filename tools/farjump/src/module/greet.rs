//! `cargo xtask greet`: the greeter by the host's own loader, as any Linux program would load it.

use std::ffi::{CStr, c_char};
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context as _, Result};
use libloading::{Library, Symbol};

use crate::build;
use crate::output::outln;
use crate::workspace::Workspace;

/// Options of `cargo xtask greet`.
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// Don't use the network
    #[arg(long)]
    offline: bool,
}

/// Builds the modules, loads the greeter and prints what it says.
///
/// # Errors
/// It doesn't build, or this machine can't load it: it is for x86-64 Linux.
pub fn run(args: &Args) -> Result<ExitCode> {
    let workspace = Workspace::locate()?;
    let modules = build::modules(&workspace, args.offline)?;
    let greeter = modules.iter().find(|module| module.name == "greeter").context("there is no greeter")?;
    outln!("{}", greeting(&greeter.path)?);
    Ok(ExitCode::SUCCESS)
}

/// What the function `greet` of the shared object `path` says.
///
/// # Errors
/// It can't be loaded here, or has no such function.
pub fn greeting(path: &Path) -> Result<String> {
    // SAFETY: the module that was built from modules/greeter: it has no initialisers.
    let library = unsafe { Library::new(path) };
    // The reason stands in the error's source: its own text says only what was tried.
    let library = library.with_context(|| format!("can't load {}", path.display()))?;
    // SAFETY: the type that modules/greeter says.
    let greet: Symbol<'_, extern "C" fn() -> *const c_char> =
        unsafe { library.get(b"greet") }.with_context(|| format!("{} can't greet", path.display()))?;
    let text = greet();
    // SAFETY: a string in the module's constants, which is mapped until `library` is dropped.
    let text = unsafe { CStr::from_ptr(text) };
    Ok(text.to_string_lossy().into_owned())
}
