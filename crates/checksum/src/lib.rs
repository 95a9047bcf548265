//! The checksum of kernels and modules, which the loader calculates while it copies them.
//!
//! The input is one or more parts. Each is a sequence of little-endian 64-bit words, padded with zeros to a [`ROW`] of 16
//! words; after the last part comes a row with the number of bytes, also padded with zeros. The checksum consists of four
//! sums modulo 2^64. The sum of each row and column is also taken modulo 2^64 before its upper half is used:
//!
//! | | sum of |
//! |---|---|
//! | `sum` | all words |
//! | `fletcher` | the values that `sum` has after each word |
//! | `rows` | n - t times the upper halves of row t's two sums: one over its words with even numbers, one over the others; t counts from 0 to n - 1 |
//! | `columns` | c + 1 times the upper half of the sum of column c, where c counts from 0 to 15 |
//!
//! The checksum detects these changes in any place (`docs/decisions/0026-checksum-of-files.md` has the proof):
//! - any change within two words, and so one or two flipped bits, and a burst of 65 bits;
//! - two swapped words, or two swapped halves of words;
//! - a different number of bytes.
//!
//! It doesn't protect against deliberate changes: signed images do.

#![cfg_attr(not(test), no_std)]

mod row;
mod sums;
mod text;

#[cfg(test)]
mod tests;

pub use sums::Sums;

/// Bytes in a register.
const BLOCK: usize = 16;

/// Blocks that are summed at a time.
const BLOCKS_PER_ROW: usize = 8;

/// Bytes that are summed at a time.
pub const ROW: usize = BLOCK * BLOCKS_PER_ROW;

/// The four sums.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Checksum {
    /// Sum of all words.
    pub sum: u64,
    /// Sum of the values that `sum` has after each word: Fletcher's second sum.
    pub fletcher: u64,
    /// Sum of the upper halves of the rows' sums. The first row's is multiplied by the number of rows, the last one's by 1.
    pub rows: u64,
    /// Sum of the upper halves of the columns' sums. The first column's is multiplied by 1, the last one's by 16.
    pub columns: u64,
}

impl Checksum {
    /// Returns the checksum of one part.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        let mut sums = Sums::new();
        sums.part(bytes);
        sums.finish()
    }
}

/// The README's examples, as tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
