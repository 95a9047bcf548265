//! A checksum as text: 64 hexadecimal digits, 16 for each sum.

use core::fmt;

use crate::Checksum;

impl Checksum {
    /// Number of digits in the text.
    pub const DIGITS: usize = 64;

    /// Returns the checksum that `bytes` hold, in the order of its text.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; Self::DIGITS / 2]) -> Self {
        let [sum, fletcher, rows, columns] = *bytes.as_chunks::<8>().0 else { unreachable!() };
        Self {
            sum: u64::from_be_bytes(sum),
            fletcher: u64::from_be_bytes(fletcher),
            rows: u64::from_be_bytes(rows),
            columns: u64::from_be_bytes(columns),
        }
    }
}

impl fmt::Display for Checksum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { sum, fletcher, rows, columns } = self;
        [sum, fletcher, rows, columns].into_iter().try_for_each(|number| write!(f, "{number:016x}"))
    }
}
