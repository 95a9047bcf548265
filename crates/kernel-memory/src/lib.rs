//! The kernel's decisions about memory: which frames and pages are free, and which are in use.
//!
//! | module | decides |
//! |---|---|
//! | [`frames`] | which frame of physical memory is free |
//! | [`page_ranges`] | which pages of the vmalloc area are reserved, their owner, and where guards are |
//! | [`protection`] | the rights of a page; never both writing and executing |
//!
//! Assumes nothing about the memory map: it may overlap itself, be unsorted, or hold empty regions. Returns an
//! error that names the address, and never panics. No hardware, no `unsafe`: all of it is tested on the host, and
//! the kernel's `memory` module carries out its decisions.

#![cfg_attr(not(test), no_std)]
#![forbid(unsafe_code)]
#![expect(clippy::cast_possible_truncation, reason = "usize has 64 bits")]

pub mod frames;
pub mod page_ranges;
pub mod protection;

pub use farjump_x86::paging::{LARGE_PAGE_SIZE, PAGE_SIZE};

/// The README's examples, as tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
