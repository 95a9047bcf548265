//! Builds what boots, makes disk images of it, boots them in QEMU, writes them to disks and signs them.
//!
//! The program `farjump` is this library's command line; a kernel outside this repository can use the library too:
//! `examples/own-kernel` does.
//!
//! | module | what |
//! |---|---|
//! | [`image`] | disk images |
//! | [`qemu`] | machines, their serial ports, how a boot ended |
//! | [`build`] | stages, kernels and modules, always with the same flags |
//! | [`flash`] | images onto disks |
//! | [`signing_key`] | keys for signed images |

// Both panic when the reader has gone: `output` has others.
#![deny(clippy::print_stdout, clippy::print_stderr)]

pub mod build;
pub mod cli;
pub mod doctor;
pub(crate) mod file_disk;
pub mod flash;
pub mod gdb;
pub mod image;
pub mod inspect;
pub mod install;
pub mod interrupt;
pub mod module;
pub mod output;
pub mod qemu;
pub mod run;
pub mod signing_key;
pub mod smoke;
pub mod temporary;
pub mod update_checksums;
pub mod workspace;
