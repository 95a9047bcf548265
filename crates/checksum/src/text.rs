//! A checksum as text: 64 hexadecimal digits, 16 for each sum.

use core::fmt;

use crate::Checksum;

impl Checksum {
    /// Digits of the text.
    pub const DIGITS: usize = 64;

    /// The checksum in 32 bytes, as its text has them.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; Self::DIGITS / 2]) -> Self {
        let [sum, sum_of_sums, rows, columns] = *bytes.as_chunks::<8>().0 else { unreachable!() };
        Self {
            sum: u64::from_be_bytes(sum),
            sum_of_sums: u64::from_be_bytes(sum_of_sums),
            rows: u64::from_be_bytes(rows),
            columns: u64::from_be_bytes(columns),
        }
    }
}

impl fmt::Display for Checksum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { sum, sum_of_sums, rows, columns } = self;
        [sum, sum_of_sums, rows, columns].into_iter().try_for_each(|number| write!(f, "{number:016x}"))
    }
}
