//! Why a module wasn't loaded, called or unloaded.

use alloc::string::String;
use core::fmt;

use farjump_module::HOST_TOO_OLD;
use farjump_module_loader::SymbolError;

use crate::volume::VolumeError;

/// Why something wasn't done with a module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ModuleError {
    /// There is a module by this name.
    AlreadyLoaded,
    /// There is none.
    NotLoaded,
    /// It is being loaded or unloaded just now.
    Busy,
    /// So many handles are in use: some of its code may be running.
    InUse(usize),
    /// The file isn't in memory, and can't be read from the volume.
    Volume(VolumeError),
    /// The file breaks a rule, or there is no memory for it: rule and detail.
    Rejected(String),
    /// Its entry function has returned this, and not zero.
    Entry(i32),
    /// The symbol isn't available.
    Symbol(SymbolError),
    /// The symbol isn't a function.
    NotAFunction,
    /// What the function returned is no text: not an address of text, or text without an end.
    NoText(u64),
}

impl fmt::Display for ModuleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AlreadyLoaded => f.write_str("a module of this name is loaded; unload it first"),
            Self::NotLoaded => f.write_str("no module of this name is loaded"),
            Self::Busy => f.write_str("the module is being loaded or unloaded; try again"),
            Self::InUse(count) => write!(f, "the module is in use, {count} times"),
            Self::Volume(error) => error.fmt(f),
            Self::Rejected(reason) => write!(f, "refused: {reason}"),
            Self::Entry(HOST_TOO_OLD) => {
                f.write_str("the module needs a newer kernel: its entry function returned 1")
            }
            Self::Entry(code) => write!(f, "the module's entry function returned {code}, not 0"),
            Self::Symbol(error) => error.fmt(f),
            Self::NotAFunction => f.write_str("the symbol isn't a function"),
            Self::NoText(address) => {
                write!(
                    f,
                    "the function returned {address:#x}, where there is no text: does it return a C string?"
                )
            }
        }
    }
}

impl core::error::Error for ModuleError {}

impl From<VolumeError> for ModuleError {
    fn from(error: VolumeError) -> Self {
        Self::Volume(error)
    }
}

impl From<SymbolError> for ModuleError {
    fn from(error: SymbolError) -> Self {
        Self::Symbol(error)
    }
}
