//! Modules on the host: `cargo xtask module`, `modcheck` and `greet`.
//!
//! A module here is a shared object that a kernel loads at run time. The boot protocol calls any file a module that
//! the loader puts into memory; one of these may come that way, too.

pub mod build;
pub mod check;
pub mod greet;
