//! CRC-32, four bits at a time: its table has only 64 bytes, which keeps a loader small.
//!
//! Source: UEFI 2.10, "GPT Header": the CRC-32 of Ethernet.

/// The polynomial of CRC-32, its highest power left out, its lowest bit first.
///
/// Source: ISO 3309; IEEE 802.3, "Frame check sequence".
pub const CRC32_POLYNOMIAL: u32 = 0xEDB8_8320;

/// The values to XOR into the register for each four bits that are shifted out of it.
const TABLE: [u32; 16] = {
    let mut table = [0; 16];
    let mut index: u32 = 0;
    while index < 16 {
        let mut register = index;
        let mut bit = 0;
        while bit < 4 {
            register = if register & 1 == 0 { register >> 1 } else { register >> 1 ^ CRC32_POLYNOMIAL };
            bit += 1;
        }
        table[index as usize] = register;
        index += 1;
    }
    table
};

/// A checksum under construction.
pub(super) struct Crc32(u32);

impl Crc32 {
    pub(super) const fn new() -> Self {
        Self(!0)
    }

    /// Adds the next bytes.
    #[inline(never)] // more copies would make a loader larger
    pub(super) fn update(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 ^= u32::from(*byte);
            for _ in 0..2 {
                self.0 = self.0 >> 4 ^ TABLE[(self.0 & 0xF) as usize];
            }
        }
    }

    /// Returns the checksum of all bytes.
    pub(super) const fn finish(self) -> u32 {
        !self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_has_the_published_check_value() {
        let mut digest = Crc32::new();
        digest.update(b"1234");
        digest.update(b"56789");
        assert_eq!(digest.finish(), 0xCBF4_3926);
    }
}
