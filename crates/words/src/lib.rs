//! Splits the lines of the monitor and the kernel's command line into words and numbers.
//!
//! | module | has |
//! |---|---|
//! | [`words`] | words with spaces between them, `"several words"` as one, commands with `;` between them |
//! | [`number`] | `4096`, `0x1000`, `4K` |
//! | [`nearest`] | which of some names was probably meant |
//! | [`synopsis`] | how many words a command takes, by its usage |
//!
//! Assumes nothing about the text, however long it is. Errors name the position. Never panics, and needs no
//! memory but the stack.

#![cfg_attr(not(test), no_std)]
#![forbid(unsafe_code)]

mod nearest;
pub mod number;
pub mod synopsis;
pub mod words;

pub use nearest::{MAX_NAME_LEN, nearest};

/// The README's examples, as tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
