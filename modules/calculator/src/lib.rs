//! A larger module: a calculator in reverse Polish notation (`6 7 *` is 42).
//!
//! | it has | where |
//! |---|---|
//! | a table of function pointers | `operations.rs` |
//! | statics, some of them exported | [`EVALUATIONS`], `text.rs` |
//! | an initialiser and a finaliser | `lifetime.rs` |
//! | an entry function that takes the host's functions | [`module_start`] |
//! | a heap, by the host | `evaluate.rs` |
//! | `core::fmt` | `report.rs` |

#![no_std]

extern crate alloc;

pub mod evaluate;
mod lifetime;
pub mod operations;
pub mod report;
mod text;

use core::sync::atomic::AtomicU64;

use farjump_module::HostFunctions;

/// How many expressions have been evaluated.
#[unsafe(no_mangle)]
pub static EVALUATIONS: AtomicU64 = AtomicU64::new(0);

/// The entry function: from here on the module can print and allocate through its host.
#[unsafe(no_mangle)]
pub extern "C" fn module_start(host: &'static HostFunctions) -> i32 {
    farjump_module::use_host(host)
}
