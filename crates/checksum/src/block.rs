//! The inner loop: blocks of 16 bytes, in two lanes of 64 bits.
//!
//! A lane is a pair of words, `low + 2^32 * high`. Summing lanes as they are saves masking the lower words out:
//! the sums of the upper words, which are taken too, tell the two apart in the end.
//!
//! ```text
//! block      | word 0 | word 1 | word 2 | word 3 |
//!            |----- lane 0 ----|----- lane 1 ----|     pairs
//!                     |-- 0 ---|        |-- 1 ---|     uppers
//! ```

use crate::{BLOCK, Checksum};

#[cfg(not(target_arch = "x86_64"))]
pub(crate) use portable::Lanes;
#[cfg(target_arch = "x86_64")]
pub(crate) use sse2::Lanes;

/// The sums of two lanes, and the sums of those after each block.
#[derive(Clone, Copy)]
pub(crate) struct LaneSums {
    pub(crate) pairs: [u64; 2],
    pub(crate) sums_of_pairs: [u64; 2],
    pub(crate) uppers: [u64; 2],
    pub(crate) sums_of_uppers: [u64; 2],
}

impl LaneSums {
    /// What they come to over single words: word `k` of a block, of `n` blocks to come including its own, counts
    /// `4 * n - k` times in the sum of sums.
    pub(crate) fn checksum(&self) -> Checksum {
        let words = split(self.pairs, self.uppers);
        let sums = split(self.sums_of_pairs, self.sums_of_uppers);
        let total = |words: [u64; 4]| words.into_iter().fold(0, u64::wrapping_add);
        let places = (0..).zip(words).map(|(place, word): (u64, u64)| word.wrapping_mul(place));
        Checksum {
            sum: total(words),
            sum_of_sums: total(sums).wrapping_mul(4).wrapping_sub(places.fold(0, u64::wrapping_add)),
        }
    }
}

/// The sums of each block's four words.
fn split(pairs: [u64; 2], uppers: [u64; 2]) -> [u64; 4] {
    let lower = |lane: usize| pairs[lane].wrapping_sub(uppers[lane] << 32);
    [lower(0), uppers[0], lower(1), uppers[1]]
}

#[cfg(target_arch = "x86_64")]
mod sse2 {
    use core::arch::x86_64::{
        __m128i, _mm_add_epi64, _mm_cvtsi128_si64, _mm_loadu_si128, _mm_srli_epi64, _mm_storeu_si128,
        _mm_unpackhi_epi64,
    };

    use super::{BLOCK, LaneSums};

    /// Blocks in one turn of the loop, which share its own cost.
    const BLOCKS_AT_ONCE: usize = 8;

    /// The running sums, in registers.
    #[derive(Clone, Copy)]
    pub(crate) struct Lanes {
        pairs: __m128i,
        sums_of_pairs: __m128i,
        uppers: __m128i,
        sums_of_uppers: __m128i,
    }

    impl Lanes {
        pub(crate) const fn new() -> Self {
            // SAFETY: any bits are a vector of integers.
            let zero = unsafe { core::mem::zeroed() };
            Self { pairs: zero, sums_of_pairs: zero, uppers: zero, sums_of_uppers: zero }
        }

        /// Sums blocks and copies them, as many as there are in both.
        pub(crate) fn copy(&mut self, from: &[[u8; BLOCK]], to: &mut [[u8; BLOCK]]) {
            // SAFETY: every x86-64 CPU has SSE2.
            unsafe { self.copy_blocks(from, to) }
        }

        pub(crate) fn sums(&self) -> LaneSums {
            // SAFETY: every x86-64 CPU has SSE2.
            unsafe { self.split() }
        }

        #[target_feature(enable = "sse2")]
        fn copy_blocks(&mut self, from: &[[u8; BLOCK]], to: &mut [[u8; BLOCK]]) {
            let mut lanes = *self; // these are in registers; `self` is in memory
            let (from, from_rest) = from.as_chunks::<BLOCKS_AT_ONCE>();
            let (to, to_rest) = to.as_chunks_mut::<BLOCKS_AT_ONCE>();
            for (from, to) in from.iter().zip(to) {
                // Written out: a compiler that minds the size would make it a loop.
                lanes.copy_block(&from[0], &mut to[0]);
                lanes.copy_block(&from[1], &mut to[1]);
                lanes.copy_block(&from[2], &mut to[2]);
                lanes.copy_block(&from[3], &mut to[3]);
                lanes.copy_block(&from[4], &mut to[4]);
                lanes.copy_block(&from[5], &mut to[5]);
                lanes.copy_block(&from[6], &mut to[6]);
                lanes.copy_block(&from[7], &mut to[7]);
            }
            for (from, to) in from_rest.iter().zip(to_rest) {
                lanes.copy_block(from, to);
            }
            *self = lanes;
        }

        #[inline]
        #[target_feature(enable = "sse2")]
        fn copy_block(&mut self, from: &[u8; BLOCK], to: &mut [u8; BLOCK]) {
            // SAFETY: `from` has the 16 bytes that are read, and this instruction wants no alignment.
            let block = unsafe { _mm_loadu_si128(from.as_ptr().cast()) };
            // SAFETY: `to` has the 16 bytes that are written, and this instruction wants no alignment.
            unsafe { _mm_storeu_si128(to.as_mut_ptr().cast(), block) };
            self.pairs = _mm_add_epi64(self.pairs, block);
            self.sums_of_pairs = _mm_add_epi64(self.sums_of_pairs, self.pairs);
            self.uppers = _mm_add_epi64(self.uppers, _mm_srli_epi64::<32>(block));
            self.sums_of_uppers = _mm_add_epi64(self.sums_of_uppers, self.uppers);
        }

        #[target_feature(enable = "sse2")]
        fn split(&self) -> LaneSums {
            let lanes = |both| {
                let upper = _mm_unpackhi_epi64(both, both);
                [_mm_cvtsi128_si64(both).cast_unsigned(), _mm_cvtsi128_si64(upper).cast_unsigned()]
            };
            LaneSums {
                pairs: lanes(self.pairs),
                sums_of_pairs: lanes(self.sums_of_pairs),
                uppers: lanes(self.uppers),
                sums_of_uppers: lanes(self.sums_of_uppers),
            }
        }
    }
}

/// The same for hosts of another kind, and for the tests.
#[cfg(any(test, not(target_arch = "x86_64")))]
pub(crate) mod portable {
    use super::{BLOCK, LaneSums};

    /// The running sums.
    #[derive(Clone, Copy)]
    pub(crate) struct Lanes(LaneSums);

    impl Lanes {
        pub(crate) const fn new() -> Self {
            let zero = [0; 2];
            Self(LaneSums { pairs: zero, sums_of_pairs: zero, uppers: zero, sums_of_uppers: zero })
        }

        /// Sums blocks and copies them, as many as there are in both.
        pub(crate) fn copy(&mut self, from: &[[u8; BLOCK]], to: &mut [[u8; BLOCK]]) {
            for (from, to) in from.iter().zip(to) {
                *to = *from;
                self.take(from);
            }
        }

        fn take(&mut self, block: &[u8; BLOCK]) {
            let (pairs, _) = block.as_chunks::<8>();
            for (lane, pair) in pairs.iter().enumerate() {
                let (pair, sums) = (u64::from_le_bytes(*pair), &mut self.0);
                sums.pairs[lane] = sums.pairs[lane].wrapping_add(pair);
                sums.sums_of_pairs[lane] = sums.sums_of_pairs[lane].wrapping_add(sums.pairs[lane]);
                sums.uppers[lane] = sums.uppers[lane].wrapping_add(pair >> 32);
                sums.sums_of_uppers[lane] = sums.sums_of_uppers[lane].wrapping_add(sums.uppers[lane]);
            }
        }

        pub(crate) fn sums(&self) -> LaneSums {
            self.0
        }
    }
}
