//! `DT_HASH`.
//!
//! ```text
//! nbucket, nchain | buckets: u32 ... | chains: u32 ... one for each symbol
//! ```
//!
//! A bucket is the index of its first symbol, a symbol's chain that of the next one, and 0 the end.
//!
//! Source: System V ABI, "Hash Table".

use alloc::vec;

use elf::hash::sysv_hash;

use super::word;
use crate::rule::Rule;
use crate::segments::Segments;
use crate::symbols::Symbols;
use crate::validation_error::Rejected;

const HEADER_SIZE: usize = 8;

/// A table that has been checked.
#[derive(Debug)]
pub(super) struct SysvHash {
    pub(super) symbol_count: usize,
}

impl SysvHash {
    pub(super) fn check<'a>(
        address: u64,
        segments: &Segments<'a>,
        symbols: &Symbols<'a>,
    ) -> Result<Self, Rejected<'a>> {
        let out_of_range = || Rule::HashRange.at_address(address);
        let bytes = segments.bytes_from(address).ok_or_else(out_of_range)?;
        let (header, rest) = bytes.split_at_checked(HEADER_SIZE).ok_or_else(out_of_range)?;
        let field = |index| word(header, index).unwrap_or(0);
        let (bucket_count, symbol_count) = (field(0) as usize, symbols.check_count(field(1).into())?);
        if bucket_count == 0 {
            return Err(Rule::HashHeader.at_address(address));
        }
        let (buckets, rest) = rest.split_at_checked(bucket_count * 4).ok_or_else(out_of_range)?;
        let chains = rest.get(..symbol_count * 4).ok_or_else(out_of_range)?;
        let mut is_found = vec![false; symbol_count];
        for bucket in 0..bucket_count {
            let mut index = word(buckets, bucket).unwrap_or(0) as usize;
            while index != 0 {
                let was_found = is_found.get_mut(index).ok_or_else(out_of_range)?;
                if core::mem::replace(was_found, true) {
                    return Err(Rule::HashLoop.at_address(address).number(bucket as u64));
                }
                let name = symbols.name(index)?;
                if sysv_hash(name) as usize % bucket_count != bucket {
                    return Err(Rule::HashLies.at_address(address).number(index as u64).name(name));
                }
                index = word(chains, index).unwrap_or(0) as usize;
            }
        }
        for index in (1..symbol_count).filter(|index| !is_found[*index]) {
            let symbol = symbols.check(index, segments)?;
            if symbol.is_exported {
                return Err(Rule::HashLies.at_address(address).number(index as u64).name(symbol.name));
            }
        }
        Ok(Self { symbol_count })
    }
}
