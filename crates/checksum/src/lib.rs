//! The checksum that the loader takes of kernels and modules while it copies them.
//!
//! The bytes are little-endian words of 64 bits, in rows of 16 words. The words are those of one part after the other,
//! each filled up with zeros to a [`ROW`]; then comes a row with the number of bytes, and zeros. Four sums, each
//! modulo 2^64, where the sums of rows and columns are modulo 2^64 themselves before they are halved:
//!
//! | | sum of |
//! |---|---|
//! | `sum` | all words |
//! | `sum_of_sums` | `sum` after each word |
//! | `rows` | n - t times the upper halves of row t's two sums, one of its even words and one of its odd words, where t counts from 0 to n - 1 |
//! | `columns` | c + 1 times the upper half of the sum of column c, where c counts from 0 to 15 |
//!
//! What is found for certain, wherever it is (`docs/decisions/0060-checksum-of-files.md` has the proof):
//! - any change within two words, and so every flipped bit, every two of them, every burst of 65 bits;
//! - any two words that change places, or halves of words;
//! - another number of bytes.
//!
//! It is no protection against somebody who wants to be let through: that is what signed images are for.

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

/// All four sums.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Checksum {
    /// Sum of all words.
    pub sum: u64,
    /// Sum of `sum` after each word.
    pub sum_of_sums: u64,
    /// Sum of the upper halves of the rows' sums, the first row's times the number of rows, the last one's once.
    pub rows: u64,
    /// Sum of the upper halves of the columns' sums, the first column's once, the last one's 16 times.
    pub columns: u64,
}

impl Checksum {
    /// The checksum of one part.
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
