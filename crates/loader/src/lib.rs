//! What stage 2 decides: which partition, which files, which memory, which segment goes where.
//!
//! | module | decides |
//! |---|---|
//! | [`mbr`] | which partition is booted |
//! | [`fat`] | which sectors a path's bytes are in |
//! | [`config`] | which kernel, command line and modules |
//! | [`elf_plan`] | where a kernel's segments go, and whether it may be loaded at all |
//! | [`memory_map`] | what each page of physical memory is, and which pages are taken |
//! | [`physical_mapping`] | which pages map physical memory for the kernel |
//! | [`signature`] | whether a configuration was signed by somebody who is trusted; with the feature `signed` |
//! | [`sector`] | nothing: it is how the hardware comes in |
//!
//! Assumes nothing of what it reads: a disk's bytes and a firmware's tables may hold anything, and every
//! loop over them has a bound. Refuses with an error that holds the number to look up, and never panics.
//! No allocation, no hardware, no `unsafe`: all of it is tested on the host.

#![cfg_attr(not(test), no_std)]
#![forbid(unsafe_code)]

pub mod config;
pub mod elf_plan;
pub mod fat;
pub mod mbr;
pub mod memory_map;
pub mod physical_mapping;
pub mod sector;
#[cfg(feature = "signed")]
pub mod signature;

pub use sector::SectorReader;

/// Bytes in a page and in a frame.
pub const PAGE_SIZE: u64 = 4096;
