//! The inner loop: rows of 128 bytes, which are eight blocks of two words each.
//!
//! ```text
//!         block 0     block 1           block 7
//! row 0 | w 0 | w 1 | w 2  | w 3  | ... | w 14 | w 15 |   summed over the blocks: a row's two lanes
//! row 1 | w 16| w 17| w 18 | w 19 | ... | w 30 | w 31 |
//!          lane 0,1    columns 2, 3        columns 14, 15
//! ```
//!
//! Each word needs one addition for its column and one for its row; the sums that depend on the row's position are updated
//! once per row. The first two columns need no sums of their own: they are the total minus the other columns.

use crate::{BLOCK, BLOCKS_PER_ROW, Checksum};

#[cfg(not(target_arch = "x86_64"))]
pub(crate) use portable::Lanes;
#[cfg(target_arch = "x86_64")]
pub(crate) use sse2::Lanes;

/// A row's bytes.
pub(crate) type Row = [[u8; BLOCK]; BLOCKS_PER_ROW];

/// Two words side by side: the lanes of a block.
type Pair = [u64; 2];

/// The running sums of each lane. All are modulo 2^64.
#[derive(Clone, Copy)]
pub(crate) struct LaneSums {
    /// For each block but the first: the sum of that block over all rows.
    pub(crate) columns: [Pair; BLOCKS_PER_ROW - 1],
    /// The sum of all words.
    pub(crate) total: Pair,
    /// The sum of the values that `total` has after each row.
    pub(crate) sums_of_totals: Pair,
    /// The sum of the upper halves of the rows' sums, each counted once for its own row and once for each row after it.
    pub(crate) sums_of_uppers: Pair,
}

impl LaneSums {
    /// Returns the checksum. If `n` rows are left, including its own, the word in column `c` of a row counts `16 * n - c`
    /// times in `fletcher`.
    pub(crate) fn checksum(&self) -> Checksum {
        let mut checksum = Checksum {
            sum: both(self.total),
            fletcher: both(self.sums_of_totals).wrapping_mul(2 * BLOCKS_PER_ROW as u64),
            rows: both(self.sums_of_uppers),
            columns: 0,
        };
        let mut first = self.total;
        for pair in self.columns {
            first = [first[0].wrapping_sub(pair[0]), first[1].wrapping_sub(pair[1])];
        }
        let columns = [first].into_iter().chain(self.columns).flatten();
        for (place, column) in (0..).zip(columns) {
            checksum.fletcher = checksum.fletcher.wrapping_sub(column.wrapping_mul(place));
            checksum.columns += (place + 1) * (column >> 32);
        }
        checksum
    }
}

fn both(pair: Pair) -> u64 {
    pair[0].wrapping_add(pair[1])
}

#[cfg(target_arch = "x86_64")]
mod sse2 {
    use core::arch::x86_64::{
        __m128i, _mm_add_epi64, _mm_cvtsi128_si64, _mm_loadu_si128, _mm_srli_epi64, _mm_storeu_si128,
        _mm_unpackhi_epi64,
    };

    use super::{BLOCK, BLOCKS_PER_ROW, LaneSums, Row};

    /// The running sums. They fit into eleven registers, which leaves some for the row's sum and the block.
    #[derive(Clone, Copy)]
    pub(crate) struct Lanes {
        columns: [__m128i; BLOCKS_PER_ROW - 1],
        total: __m128i,
        sums_of_totals: __m128i,
        uppers: __m128i,
        sums_of_uppers: __m128i,
    }

    impl Lanes {
        pub(crate) const fn new() -> Self {
            // SAFETY: any bits are a vector of integers.
            let zero = unsafe { core::mem::zeroed() };
            Self {
                columns: [zero; BLOCKS_PER_ROW - 1],
                total: zero,
                sums_of_totals: zero,
                uppers: zero,
                sums_of_uppers: zero,
            }
        }

        /// Adds rows to the sums and copies them: as many as both slices have.
        pub(crate) fn copy(&mut self, from: &[Row], to: &mut [Row]) {
            // SAFETY: every x86-64 CPU has SSE2.
            unsafe { self.copy_rows(from, to) }
        }

        pub(crate) fn sums(&self) -> LaneSums {
            // SAFETY: every x86-64 CPU has SSE2.
            unsafe { self.split() }
        }

        #[target_feature(enable = "sse2")]
        fn copy_rows(&mut self, from: &[Row], to: &mut [Row]) {
            let mut lanes = *self; // these are in registers; `self` is in memory
            for (from, to) in from.iter().zip(to) {
                let mut row = copy_block(&from[0], &mut to[0]);
                // Unrolled by hand: a compiler that optimises for size would keep a loop.
                lanes.copy_column::<1>(from, to, &mut row);
                lanes.copy_column::<2>(from, to, &mut row);
                lanes.copy_column::<3>(from, to, &mut row);
                lanes.copy_column::<4>(from, to, &mut row);
                lanes.copy_column::<5>(from, to, &mut row);
                lanes.copy_column::<6>(from, to, &mut row);
                lanes.copy_column::<7>(from, to, &mut row);
                lanes.end_row(row);
            }
            *self = lanes;
        }

        /// Copies a row's block and adds it to the sums of its column and its row.
        #[inline]
        #[target_feature(enable = "sse2")]
        fn copy_column<const BLOCK: usize>(&mut self, from: &Row, to: &mut Row, row: &mut __m128i) {
            let block = copy_block(&from[BLOCK], &mut to[BLOCK]);
            self.columns[BLOCK - 1] = _mm_add_epi64(self.columns[BLOCK - 1], block);
            *row = _mm_add_epi64(*row, block);
        }

        #[inline]
        #[target_feature(enable = "sse2")]
        fn end_row(&mut self, row: __m128i) {
            self.total = _mm_add_epi64(self.total, row);
            self.sums_of_totals = _mm_add_epi64(self.sums_of_totals, self.total);
            self.uppers = _mm_add_epi64(self.uppers, _mm_srli_epi64::<32>(row));
            self.sums_of_uppers = _mm_add_epi64(self.sums_of_uppers, self.uppers);
        }

        #[target_feature(enable = "sse2")]
        fn split(&self) -> LaneSums {
            let lanes = |both| {
                let upper = _mm_unpackhi_epi64(both, both);
                [_mm_cvtsi128_si64(both).cast_unsigned(), _mm_cvtsi128_si64(upper).cast_unsigned()]
            };
            LaneSums {
                columns: self.columns.map(lanes),
                total: lanes(self.total),
                sums_of_totals: lanes(self.sums_of_totals),
                sums_of_uppers: lanes(self.sums_of_uppers),
            }
        }
    }

    #[inline]
    #[target_feature(enable = "sse2")]
    fn copy_block(from: &[u8; BLOCK], to: &mut [u8; BLOCK]) -> __m128i {
        // SAFETY: `from` has the 16 bytes that are read, and this instruction needs no alignment.
        let block = unsafe { _mm_loadu_si128(from.as_ptr().cast()) };
        // SAFETY: `to` has the 16 bytes that are written, and this instruction needs no alignment.
        unsafe { _mm_storeu_si128(to.as_mut_ptr().cast(), block) };
        block
    }
}

/// The same in portable Rust, for hosts that aren't x86-64 and for the tests.
#[cfg(any(test, not(target_arch = "x86_64")))]
pub(crate) mod portable {
    use super::{BLOCK, BLOCKS_PER_ROW, LaneSums, Pair, Row};

    /// The running sums.
    #[derive(Clone, Copy)]
    pub(crate) struct Lanes {
        sums: LaneSums,
        uppers: Pair,
    }

    impl Lanes {
        pub(crate) const fn new() -> Self {
            let zero = [0; 2];
            let columns = [zero; BLOCKS_PER_ROW - 1];
            let sums = LaneSums { columns, total: zero, sums_of_totals: zero, sums_of_uppers: zero };
            Self { sums, uppers: zero }
        }

        /// Adds rows to the sums and copies them: as many as both slices have.
        pub(crate) fn copy(&mut self, from: &[Row], to: &mut [Row]) {
            for (from, to) in from.iter().zip(to) {
                *to = *from;
                self.take(from);
            }
        }

        fn take(&mut self, row: &Row) {
            let [first, others @ ..] = row.map(pair);
            let mut row = first;
            for (column, block) in self.sums.columns.iter_mut().zip(others) {
                add(column, block);
                add(&mut row, block);
            }
            add(&mut self.sums.total, row);
            add(&mut self.sums.sums_of_totals, self.sums.total);
            add(&mut self.uppers, row.map(|lane| lane >> 32));
            add(&mut self.sums.sums_of_uppers, self.uppers);
        }

        pub(crate) fn sums(&self) -> LaneSums {
            self.sums
        }
    }

    fn pair(block: [u8; BLOCK]) -> Pair {
        let both = u128::from_le_bytes(block);
        #[expect(clippy::cast_possible_truncation, reason = "each lane is one half")]
        [both as u64, (both >> 64) as u64]
    }

    fn add(sums: &mut Pair, pair: Pair) {
        *sums = [sums[0].wrapping_add(pair[0]), sums[1].wrapping_add(pair[1])];
    }
}
