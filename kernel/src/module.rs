//! Modules: shared objects that are loaded at run time, called by name, and unloaded.
//!
//! ```text
//! load("greeter", bytes) ──> in the registry ──find──> ModuleHandle ──get──> Symbol ──> call
//!                                  unload("greeter"): refused while there is a handle
//! ```
//!
//! | module | does |
//! |---|---|
//! | `registry` | the loaded modules, and their users |
//! | `memory` | pages for them: W^X, guard pages, frames back at the end |
//! | `host` | the functions that a module may call |
//! | `text` | calls functions that return text, for users of the monitor |
//! | `file` | finds a module's file by name |
//! | `error` | why not |
//!
//! The crate `module-loader` has the rules that a file has to keep. The boot protocol's modules are something else:
//! any files that the loader has put into memory. A shared object may be one of them, too.
//!
//! Assumes that memory has been set up. A module is part of the kernel once it is loaded: it may do everything.

mod error;
mod file;
mod host;
mod memory;
mod registry;
mod text;

pub use error::ModuleError;
pub use file::{in_memory, name_of, path_of, read};
pub use memory::ModulePages;
pub(crate) use memory::is_code;
pub(crate) use registry::locate;
pub use registry::{ModuleHandle, ModuleInfo, find, list, load, unload};
pub use text::call;
