//! What is on a disk: which partition, and which sectors a file's bytes are in.
//!
//! | module | reads |
//! |---|---|
//! | [`block`] | nothing: it is how the hardware comes in |
//! | [`partition`] | which partition is booted, by MBR or GPT |
//! | [`mbr`] | the partition table of an MBR |
//! | [`gpt`] | the GUID partition table |
//! | [`fat`] | FAT12, FAT16 and FAT32 |
//!
//! Assumes nothing of what it reads: a disk's bytes may hold anything, and every loop over them has a bound. Refuses
//! with an error that holds the number to look up, and never panics. No allocation, no hardware, no `unsafe`: all of
//! it is tested on the host. Loader and kernel read their disks with it.

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
