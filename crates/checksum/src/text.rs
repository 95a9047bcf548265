//! A checksum as text: 32 hexadecimal digits, the sum's first.

use core::fmt;

use crate::Checksum;

impl Checksum {
    /// Digits of the text.
    pub const DIGITS: usize = 32;

    /// The checksum in 16 bytes, as its text has them.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; Self::DIGITS / 2]) -> Self {
        let both = u128::from_be_bytes(bytes);
        let [a, b, c, d, e, f, g, h, ..] = bytes;
        #[expect(clippy::cast_possible_truncation, reason = "the lower half is wanted")]
        let sum_of_sums = both as u64;
        Self { sum: u64::from_be_bytes([a, b, c, d, e, f, g, h]), sum_of_sums }
    }
}

impl fmt::Display for Checksum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}{:016x}", self.sum, self.sum_of_sums)
    }
}
