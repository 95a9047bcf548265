//! Random numbers for tests: the same in every run.

/// A xorshift generator. Source: Marsaglia, "Xorshift RNGs".
pub(crate) struct Random(u64);

impl Random {
    /// A generator with this seed, which isn't zero.
    pub(crate) const fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15))
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// A number from 0 to `limit - 1`.
    pub(crate) fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() % limit as u64).unwrap()
    }

    /// A byte that is often one of those that matter.
    pub(crate) fn byte(&mut self) -> u8 {
        let [byte, choice, ..] = self.next().to_le_bytes();
        [0x00, 0xFF, 0x01, 0x80, 0x7F, 0xE5, 0x0F, 0x40]
            .get(usize::from(choice % 16))
            .copied()
            .unwrap_or(byte)
    }

    /// Changes a byte or a few, or cuts the end off.
    pub(crate) fn damage(&mut self, bytes: &mut Vec<u8>) {
        if bytes.is_empty() {
            return;
        }
        let position = self.below(bytes.len());
        match self.below(16) {
            0 => bytes.truncate(position),
            1 => bytes.insert(position, self.byte()),
            2 => drop(bytes.remove(position)),
            3 => bytes.iter_mut().skip(position).take(8).for_each(|byte| *byte = 0xFF),
            _ => bytes[position] = self.byte(),
        }
    }
}
