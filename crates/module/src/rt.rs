//! What every module needs beside its own code: with it a module links and has no undefined symbol.
//!
//! | what | who needs it |
//! |---|---|
//! | panic handler | all Rust code without std; it prints if there is a host, then stops by an invalid instruction |
//! | `memcpy`, `memmove`, `memset`, `memcmp`, `bcmp` | precompiled `core` and the compiler |
//! | `rust_eh_personality`, `_Unwind_Resume` | precompiled `core` and `alloc`, which name them and never call them |
//! | [`use_host`], [`print!`](crate::print), [`println!`](crate::println) | a module that has an entry function |
//! | a global allocator (feature `alloc`) | a module that uses `alloc` |
//!
//! The symbols are hidden: a module's own are used inside it and are invisible outside. Otherwise a C library that is
//! already loaded, as on Linux, would take their place.
//!
//! Assumes that the module is built by `cargo xtask module`, with `panic = "abort"`.

#[cfg(feature = "alloc")]
mod allocator;
mod host;
mod panic;

pub use host::{Output, use_host};

use farjump_rt as _; // the mem* functions, by symbol

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
