//! The loader's core: every decision of a boot and their order, on any firmware.
//!
//! ```text
//! boot (story)  memory map > volume > config > kernel > modules > page tables and BootInfo > Entry
//!    |
//! Platform      what a firmware's half implements: disk, memory, console, clock, facts; then it jumps
//! ```
//!
//! | module | decides |
//! |---|---|
//! | [`boot`] | the order of the steps |
//! | `volume`, `verify`, `modules` | what is read, and whether it is what the configuration says |
//! | `protocol` | what a kernel needs loaded, and what the machine looks like at the [`Entry`] |
//! | [`config`] | which kernel, command line and modules |
//! | [`elf_plan`] | where a kernel's segments go, and whether it may be loaded at all |
//! | [`memory_map`] | what each page of physical memory is, and which pages are taken |
//! | [`physical_mapping`] | which pages map physical memory for the kernel |
//! | [`smbios`] | where the SMBIOS entry point is in a BIOS's memory |
//! | [`signature`] | whether a configuration was signed by somebody who is trusted; with the feature `signed` |
//!
//! Which partition is booted, and which sectors a file's bytes are in, `farjump_fs` says.
//!
//! Assumes nothing of what it reads: a disk's bytes and a firmware's tables may hold anything, and every
//! loop over them has a bound. Refuses with an error that holds the number to look up, and never panics.
//! No allocation, no hardware, no `unsafe`: all of it is tested on the host.

#![cfg_attr(not(test), no_std)]
#![forbid(unsafe_code)]

mod boot_error;
pub mod config;
pub mod console;
pub mod elf_plan;
pub mod memory_map;
mod modules;
pub mod physical_mapping;
pub mod platform;
pub mod policy;
mod protocol;
#[cfg(feature = "sha256")]
mod sha256;
#[cfg(feature = "signed")]
pub mod signature;
pub mod smbios;
mod story;
pub mod timeline;
mod verify;
mod volume;

pub use protocol::Entry;
pub use story::boot;

/// Bytes in a page and in a frame.
pub const PAGE_SIZE: u64 = 4096;
