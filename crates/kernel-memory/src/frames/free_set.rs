//! The free frames: a bit for each, and a bit for each word of those that has one.
//!
//! The second level is what makes a search short: 6 GiB are 24576 words, and 384 of the summary.

use core::ops::Range;

use super::bits::{BITS, BitSet, masks};

/// Frame numbers that are free.
#[derive(Debug)]
pub(super) struct FreeSet<'a> {
    pub(super) frames: BitSet<'a>,
    /// Which words of `frames` aren't zero.
    summary: BitSet<'a>,
    count: u64,
}

impl<'a> FreeSet<'a> {
    /// An empty set in words that are all zero: one of `summary` for each 64 of `frames`.
    pub(super) fn new(frames: &'a mut [u64], summary: &'a mut [u64]) -> Self {
        Self { frames: BitSet { words: frames }, summary: BitSet { words: summary }, count: 0 }
    }

    /// Returns how many frames are free.
    pub(super) fn count(&self) -> u64 {
        self.count
    }

    /// Returns the lowest free frame in `range`.
    pub(super) fn next(&self, range: Range<usize>) -> Option<usize> {
        let word = range.start / BITS;
        let here = self.frames.bits(word) & u64::MAX << (range.start % BITS);
        let (word, bits) = if here == 0 {
            let word = self.summary.next(word + 1)?;
            (word, self.frames.bits(word))
        } else {
            (word, here)
        };
        let frame = word * BITS + bits.trailing_zeros() as usize;
        (frame < range.end).then_some(frame)
    }

    /// Returns the lowest `count` frames in `range`, neighbours, whose first is a multiple of `align`.
    pub(super) fn next_run(&self, range: Range<usize>, count: usize, align: usize) -> Option<Range<usize>> {
        let mut from = range.start;
        loop {
            let start = self.next(from..range.end)?.checked_next_multiple_of(align)?;
            let end = start.checked_add(count).filter(|end| *end <= range.end)?;
            match self.frames.last_missing(start..end) {
                None => return Some(start..end),
                Some(taken) => from = taken + 1,
            }
        }
    }

    pub(super) fn insert(&mut self, range: Range<usize>) {
        for (word, mask) in masks(range) {
            let bits = &mut self.frames.words[word];
            self.count += u64::from((mask & !*bits).count_ones());
            *bits |= mask;
            self.summary.words[word / BITS] |= 1 << (word % BITS);
        }
    }

    /// [`remove`](Self::remove) for one frame, which is in the set: what is asked for most. No bits need counting.
    pub(super) fn remove_one(&mut self, frame: usize) {
        let word = frame / BITS;
        let bits = &mut self.frames.words[word];
        *bits &= !(1 << (frame % BITS));
        self.count -= 1;
        if *bits == 0 {
            self.summary.words[word / BITS] &= !(1 << (word % BITS));
        }
    }

    pub(super) fn remove(&mut self, range: Range<usize>) {
        for (word, mask) in masks(range) {
            let bits = &mut self.frames.words[word];
            self.count -= u64::from((mask & *bits).count_ones());
            *bits &= !mask;
            if *bits == 0 {
                self.summary.words[word / BITS] &= !(1 << (word % BITS));
            }
        }
    }
}
