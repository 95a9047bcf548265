//! Partition tables and file systems: finds the boot partition and the sectors of a file.
//!
//! | module | reads |
//! |---|---|
//! | [`block`] | nothing: it has the trait for the hardware |
//! | [`partition`] | the boot partition, in the MBR or the GPT |
//! | [`mbr`] | the partition table of an MBR |
//! | [`gpt`] | the GUID partition table |
//! | [`fat`] | FAT12, FAT16 and FAT32 |
//!
//! Both the loader and the kernel read their disks with this crate. It assumes nothing about its input: a disk may contain
//! any bytes, and every loop over them is bounded. Invalid input results in an error with the offending number, never in a
//! panic. The crate doesn't use a heap, hardware or `unsafe`, so all of it is tested on the host.

#![cfg_attr(not(test), no_std)]
#![forbid(unsafe_code)]

pub mod block;
pub mod fat;
pub mod gpt;
pub mod mbr;
pub mod partition;

pub use block::{BlockDevice, SECTOR_SIZE};

/// The README's examples, as tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
