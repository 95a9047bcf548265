//! `DT_GNU_HASH`.
//!
//! ```text
//! nbuckets, first symbol, bloom words, shift | bloom: u64 ... | buckets: u32 ... | chains: u32 ... up to the last symbol
//! ```
//!
//! A bucket is the index of its first symbol; its symbols follow each other. Each has its hash in `chains`, the last
//! of a bucket with bit 0 set, the others with bit 0 clear.
//!
//! Source: binutils, "GNU hash ELF sections".

use core::ops::Range;

use elf::hash::gnu_hash;

use super::word;
use crate::rule::Rule;
use crate::segments::Segments;
use crate::symbols::Symbols;
use crate::validation_error::Rejected;

const HEADER_SIZE: usize = 16;

/// A table that has been checked.
#[derive(Debug)]
pub(super) struct GnuHash {
    /// The symbols that it has: not the table's first ones, but all others.
    pub(super) hashed: Range<usize>,
}

struct GnuTable<'a> {
    address: u64,
    first: u32,
    shift: u32,
    bloom: &'a [u8],
    buckets: &'a [u8],
    chains: &'a [u8],
}

impl GnuHash {
    pub(super) fn check<'a>(
        address: u64,
        segments: &Segments<'a>,
        symbols: &Symbols<'a>,
    ) -> Result<Self, Rejected<'a>> {
        let table = GnuTable::parse(address, segments)?;
        let mut last = None;
        let mut found = 0;
        for bucket in 0..table.buckets.len() / 4 {
            if let Some((count, end)) = table.check_bucket(bucket, symbols)? {
                found += count;
                last = last.max(Some(end));
            }
        }
        let first = table.first as usize;
        let symbol_count = symbols.check_count(last.map_or(first, |last: usize| last + 1) as u64)?;
        // Each symbol is in one bucket, its hash's: so where as many are found as there are, none is missing.
        if found != symbol_count - first {
            return Err(Rule::HashLies.at_address(address).number(found as u64));
        }
        Ok(Self { hashed: first..symbol_count })
    }
}

impl<'a> GnuTable<'a> {
    fn parse(address: u64, segments: &Segments<'a>) -> Result<Self, Rejected<'a>> {
        let out_of_range = || Rule::HashRange.at_address(address);
        let bytes = segments.bytes_from(address).ok_or_else(out_of_range)?;
        let (header, rest) = bytes.split_at_checked(HEADER_SIZE).ok_or_else(out_of_range)?;
        let field = |index| word(header, index).unwrap_or(0);
        let (buckets, first, bloom_words, shift) = (field(0), field(1), field(2), field(3));
        if buckets == 0 || !bloom_words.is_power_of_two() || shift >= u32::BITS {
            return Err(Rule::HashHeader.at_address(address));
        }
        let (bloom, rest) = rest.split_at_checked(bloom_words as usize * 8).ok_or_else(out_of_range)?;
        let (buckets, chains) = rest.split_at_checked(buckets as usize * 4).ok_or_else(out_of_range)?;
        Ok(Self { address, first, shift, bloom, buckets, chains })
    }

    /// Returns how many symbols a bucket has, and the last one's index.
    fn check_bucket(
        &self,
        bucket: usize,
        symbols: &Symbols<'a>,
    ) -> Result<Option<(usize, usize)>, Rejected<'a>> {
        let start = word(self.buckets, bucket).unwrap_or(0);
        if start == 0 {
            return Ok(None);
        }
        let Some(offset) = start.checked_sub(self.first) else {
            return Err(Rule::HashLies.at_address(self.address).number(start));
        };
        for count in 0.. {
            let index = start as usize + count;
            symbols.check_count(index as u64 + 1)?;
            let link = word(self.chains, offset as usize + count);
            let link = link.ok_or_else(|| Rule::HashLoop.at_address(self.address).number(bucket as u64))?;
            self.check_symbol(bucket, index, link, symbols)?;
            if link & 1 != 0 {
                return Ok(Some((count + 1, index)));
            }
        }
        Ok(None)
    }

    fn check_symbol(
        &self,
        bucket: usize,
        index: usize,
        link: u32,
        symbols: &Symbols<'a>,
    ) -> Result<(), Rejected<'a>> {
        let name = symbols.name(index)?;
        let hash = gnu_hash(name);
        let is_in_bucket = hash as usize % (self.buckets.len() / 4) == bucket;
        if hash | 1 != link | 1 || !is_in_bucket || !self.bloom_has(hash) {
            return Err(Rule::HashLies.at_address(self.address).number(index as u64).name(name));
        }
        Ok(())
    }

    fn bloom_has(&self, hash: u32) -> bool {
        let words = self.bloom.len() / 8;
        let index = (hash / u64::BITS) as usize % words;
        let bytes = self.bloom.get(index * 8..).and_then(<[u8]>::first_chunk);
        let bits = bytes.map_or(0, |bytes| u64::from_le_bytes(*bytes));
        let has = |hash: u32| bits >> (hash % u64::BITS) & 1 != 0;
        has(hash) && has(hash >> self.shift)
    }
}
