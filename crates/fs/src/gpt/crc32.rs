//! CRC-32, four bits at a time: the table has 64 bytes, and a loader has no room for more.
//!
//! Source: UEFI 2.10, "GPT Header": the CRC-32 of Ethernet.

/// The polynomial of CRC-32, its highest power left out, its lowest bit first.
///
/// Source: ISO 3309; IEEE 802.3, "Frame check sequence".
pub const CRC32_POLYNOMIAL: u32 = 0xEDB8_8320;

/// What four bits that leave the register do to it.
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

/// A checksum in the making.
pub(super) struct Crc32(u32);

impl Crc32 {
    pub(super) const fn new() -> Self {
        Self(!0)
    }

    /// The next bytes.
    #[inline(never)] // or a loader has it four times
    pub(super) fn update(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 ^= u32::from(*byte);
            for _ in 0..2 {
                self.0 = self.0 >> 4 ^ TABLE[(self.0 & 0xF) as usize];
            }
        }
    }

    /// The checksum of all bytes.
    pub(super) const fn finish(self) -> u32 {
        !self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_the_checksum_that_all_others_know() {
        let mut digest = Crc32::new();
        digest.update(b"1234");
        digest.update(b"56789");
        assert_eq!(digest.finish(), 0xCBF4_3926);
    }
}
