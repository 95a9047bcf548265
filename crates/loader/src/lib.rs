//! The firmware-independent part of the loader: it makes all decisions of a boot, and their order.
//!
//! ```text
//! boot (story)  memory map > volume > config > kernel > modules > page tables and BootInfo > Entry
//!    |
//! Platform      implemented for each firmware: disk, memory, console, clock, facts; then it jumps
//! ```
//!
//! | module | decides |
//! |---|---|
//! | [`boot`] | the order of the steps |
//! | `volume`, `verify`, `modules` | what is read, and whether it matches the configuration |
//! | `protocol` | what a kernel needs loaded, and the state of the machine at the [`Entry`] |
//! | [`config`] | which kernel, command line and modules |
//! | [`elf_plan`] | where a kernel's segments go, and whether it may be loaded at all |
//! | [`memory_map`] | the kind of each page of physical memory, and which pages are allocated |
//! | [`physical_mapping`] | which pages map physical memory for the kernel |
//! | [`smbios`] | where the SMBIOS entry point is in a BIOS's memory |
//! | `signature` | whether a configuration has a valid signature; with the feature `signed` |
//!
//! `farjump_fs` decides which partition is booted, and finds the sectors of a file.
//!
//! Assumes nothing about its input: a disk and a firmware's tables may contain any bytes, and every loop over them is
//! bounded. Invalid input results in an error with the offending number, never in a panic. The crate doesn't use a heap,
//! hardware or `unsafe`, so all of it is tested on the host.

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

pub use farjump_x86::paging::PAGE_SIZE;

/// End of the physical memory that every platform maps at its own addresses while the loader runs: frames are taken
/// below it.
pub const IDENTITY_MAP_END: u64 = 4 << 30;

/// The README's examples, as tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
