//! Random numbers for tests: the same in every run.

/// A `SplitMix64` generator: any seeds are suitable, even consecutive ones.
///
/// Source: Steele, Lea, Flood, "Fast Splittable Pseudorandom Number Generators".
#[derive(Debug, Clone)]
pub struct Random(u64);

impl Random {
    /// Returns a generator with this seed.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Returns the generator of one iteration, which doesn't depend on earlier iterations.
    #[must_use]
    pub const fn of_iteration(seed: u64, iteration: u64) -> Self {
        let mut random = Self(seed);
        Self(random.next() ^ iteration.wrapping_mul(0xD6E8_FEB8_6659_FD93))
    }

    /// Returns the next 64 bits.
    pub const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        bits ^ (bits >> 31)
    }

    /// Returns a number from 0 to `limit - 1`; zero where `limit` is zero.
    pub fn below(&mut self, limit: usize) -> usize {
        let remainder = self.next().checked_rem(limit as u64).unwrap_or_default();
        usize::try_from(remainder).unwrap_or_default()
    }

    /// Returns one of `choices`; `None` if there are none.
    pub fn pick<'a, T>(&mut self, choices: &'a [T]) -> Option<&'a T> {
        choices.get(self.below(choices.len()))
    }

    /// A byte that is often one of those that matter: the ends of the ranges, and what file formats use as marks.
    pub fn byte(&mut self) -> u8 {
        const MARKS: [u8; 10] = [0x00, 0xFF, 0x01, 0x80, 0x7F, 0x40, 0x0F, 0xE5, b'\n', b' '];
        let [byte, choice, ..] = self.next().to_le_bytes();
        MARKS.get(usize::from(choice % 20)).copied().unwrap_or(byte)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_are_those_of_the_published_generator() {
        let mut random = Random::new(1_234_567);
        let expected = [0x599E_D017_FB08_FC85_u64, 0x2C73_F084_5854_0FA5, 0x883E_BCE5_A3F2_7C77];
        assert_eq!([random.next(), random.next(), random.next()], expected);
    }

    #[test]
    fn numbers_stay_below_their_limit_and_nothing_is_picked_of_nothing() {
        let mut random = Random::new(0);
        assert!((0..1000).all(|_| random.below(7) < 7));
        assert_eq!(random.below(0), 0);
        assert_eq!(random.pick::<u8>(&[]), None);
    }
}
