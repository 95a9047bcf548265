//! The checksum that the loader takes of kernels and modules while it copies them.
//!
//! Fletcher's two sums, modulo 2^64, over little-endian words of 32 bits: the sum of the words, and the sum of
//! that sum after each word. The words are those of one part after the other, each filled up with zeros to
//! [`BLOCK`] bytes; then come two words with the number of bytes, and two zeros.
//!
//! What is found for certain, wherever it is (`docs/decisions/0026-checksum-of-files.md` has the proof):
//! - any change within one word or two, and so every flipped bit, every two of them, every burst of 33 bits;
//! - any two words that change places;
//! - another number of bytes.
//!
//! It is no protection against somebody who wants to be let through: that is what signed images are for.

#![cfg_attr(not(test), no_std)]

mod block;
mod sums;
mod text;

#[cfg(test)]
mod tests;

pub use sums::Sums;

/// Bytes that are summed at a time.
pub const BLOCK: usize = 16;

/// Both sums.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Checksum {
    /// Sum of all words.
    pub sum: u64,
    /// Sum of `sum` after each word.
    pub sum_of_sums: u64,
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
