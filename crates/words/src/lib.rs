//! What people type, as words and numbers: lines of the monitor, and the kernel's command line.
//!
//! | module | has |
//! |---|---|
//! | [`words`] | words with blanks between them, `"several words"` as one, commands with `;` between them |
//! | [`number`] | `4096`, `0x1000`, `4K` |
//! | [`nearest`] | which of some names was probably meant |
//! | [`synopsis`] | how many words a command takes, by what its usage says |
//!
//! Assumes nothing of the text, however long it is. Refuses by an error that says where; never panics, and needs no
//! memory but the stack.

#![cfg_attr(not(test), no_std)]
#![forbid(unsafe_code)]

mod nearest;
pub mod number;
pub mod synopsis;
pub mod words;

pub use nearest::{LONGEST_NAME, nearest};

/// The README's examples, as tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
