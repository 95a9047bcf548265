//! Sets of numbers as bits in words, read and written a word at a time.

use core::ops::Range;

/// Numbers in a word.
pub(super) const BITS: usize = u64::BITS as usize;

/// A set of numbers: number N is bit N modulo 64 of word N / 64.
#[derive(Debug)]
pub(super) struct BitSet<'a> {
    pub(super) words: &'a mut [u64],
}

impl BitSet<'_> {
    /// Returns the lowest number from `from` on that is in the set.
    pub(super) fn next(&self, from: usize) -> Option<usize> {
        let mut word = from / BITS;
        let mut bits = self.words.get(word)? & u64::MAX << (from % BITS);
        while bits == 0 {
            word += 1;
            bits = *self.words.get(word)?;
        }
        Some(word * BITS + bits.trailing_zeros() as usize)
    }

    /// Returns the lowest number of `range` that isn't in the set.
    pub(super) fn first_missing(&self, range: Range<usize>) -> Option<usize> {
        let missing = masks(range).map(|(word, mask)| (word, !self.bits(word) & mask));
        missing.filter(|(_, bits)| *bits != 0).map(lowest).next()
    }

    /// Returns the highest number of `range` that isn't in the set.
    pub(super) fn last_missing(&self, range: Range<usize>) -> Option<usize> {
        let missing = masks(range).rev().map(|(word, mask)| (word, !self.bits(word) & mask));
        missing.filter(|(_, bits)| *bits != 0).map(highest).next()
    }

    /// Returns the lowest number of `range` that is in the set.
    pub(super) fn first_present(&self, range: Range<usize>) -> Option<usize> {
        let present = masks(range).map(|(word, mask)| (word, self.bits(word) & mask));
        present.filter(|(_, bits)| *bits != 0).map(lowest).next()
    }

    /// Returns the word's bits; none past the end.
    pub(super) fn bits(&self, word: usize) -> u64 {
        self.words.get(word).copied().unwrap_or(0)
    }
}

/// Returns the words that `range` has a part in, and the bits of that part.
pub(super) fn masks(range: Range<usize>) -> impl DoubleEndedIterator<Item = (usize, u64)> {
    let words = if range.is_empty() { 0..0 } else { range.start / BITS..range.end.div_ceil(BITS) };
    words.map(move |word| {
        let from = range.start.saturating_sub(word * BITS);
        let to = (range.end - word * BITS).min(BITS);
        (word, u64::MAX >> (BITS - (to - from)) << from)
    })
}

fn lowest((word, bits): (usize, u64)) -> usize {
    word * BITS + bits.trailing_zeros() as usize
}

fn highest((word, bits): (usize, u64)) -> usize {
    word * BITS + (BITS - 1) - bits.leading_zeros() as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_cut_at_the_words() {
        let all = |range| masks(range).collect::<Vec<_>>();
        assert_eq!(all(5..5), []);
        assert_eq!(all(70..70), []);
        assert_eq!(all(3..5), [(0, 0b11000)]);
        assert_eq!(all(62..66), [(0, 0b11 << 62), (1, 0b11)]);
        assert_eq!(all(64..192), [(1, u64::MAX), (2, u64::MAX)]);
    }
}
