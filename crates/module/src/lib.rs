//! The interface between a loadable module and the kernel that loads it, and, with the feature `rt`, the runtime of a
//! module.
//!
//! | feature | for | what |
//! |---|---|---|
//! | none | hosts | the entry function's type, the table of host functions |
//! | `rt` | modules | panic handler, memory functions, `print!`: `use farjump_module as _;` and the module links |
//! | `alloc` | modules | a global allocator on the host's memory |

#![no_std]

#[cfg(all(feature = "rt", not(farjump_boots)))]
extern crate std;

mod interface;
#[cfg(feature = "rt")]
mod rt;

pub use interface::{ENTRY, Entry, HOST_TOO_OLD, HostFunctions, STARTED, TextFunction};
#[cfg(feature = "rt")]
pub use rt::{Output, use_host};
