//! What every module needs beside its own code: `use module_support as _;` and it links, with no undefined symbol.
//!
//! | what | by whom it is needed |
//! |---|---|
//! | panic handler | all Rust code without std; it prints if there is a host, then stops by an invalid instruction |
//! | `memcpy`, `memmove`, `memset`, `memcmp`, `bcmp` | precompiled `core` and the compiler |
//! | `rust_eh_personality`, `_Unwind_Resume` | precompiled `core` and `alloc`, which name them and never call them |
//! | [`use_host`], [`print!`], [`println!`] | a module that has an entry function |
//! | a global allocator (feature `alloc`) | a module that uses `alloc` |
//!
//! The symbols are hidden: a module's own are used within it, and nobody else sees them. Otherwise a C library that
//! is there already, as on Linux, would take their place.
//!
//! Assumes that the module is built by `cargo xtask module`, with `panic = "abort"`.

#![no_std]

#[cfg(not(farjump_boots))]
extern crate std;

#[cfg(feature = "alloc")]
mod allocator;
mod host;
mod panic;
#[cfg(farjump_boots)]
mod unwind;

pub use farjump_module_interface::{Entry, HostFunctions};
pub use host::{Output, use_host};

use farjump_rt as _; // memcpy and its kin, by symbol

#[cfg(farjump_boots)]
core::arch::global_asm!(
    ".hidden memcpy",
    ".hidden memmove",
    ".hidden memset",
    ".hidden memcmp",
    ".hidden bcmp",
    ".hidden rust_eh_personality",
    ".hidden _Unwind_Resume",
);
