//! The hash tables: they define how many symbols a file has, and which can be looked up.
//!
//! A module's exports are copied when it is loaded, and looked up there. That finds the same symbols as
//! other loaders find only if the tables are right: so all of it is checked.

mod gnu;
mod sysv;

use core::ops::Range;

use crate::dynamic::Entries;
use crate::rule::Rule;
use crate::segments::Segments;
use crate::symbols::Symbols;
use crate::validation_error::Rejected;
use gnu::GnuHash;
use sysv::SysvHash;

/// The symbols that can be looked up, by their index. The tables know of none after it.
pub(crate) type Hashed = Range<usize>;

/// Checks the hash tables that there are, and returns the symbols that they have.
///
/// # Errors
/// There is none; one is malformed; or there are two, and they disagree.
pub(crate) fn check<'a>(
    entries: &Entries,
    segments: &Segments<'a>,
    symbols: &Symbols<'a>,
) -> Result<Hashed, Rejected<'a>> {
    let gnu = entries.gnu_hash.map(|address| GnuHash::check(address, segments, symbols)).transpose()?;
    let sysv = entries.hash.map(|address| SysvHash::check(address, segments, symbols)).transpose()?;
    match (gnu, sysv) {
        (None, None) => Err(Rule::HashMissing.broken()),
        (Some(gnu), None) => Ok(gnu.hashed),
        (None, Some(sysv)) => Ok(1..sysv.symbol_count),
        (Some(gnu), Some(sysv)) => {
            check_agreement(&gnu, &sysv, segments, symbols)?;
            Ok(1..sysv.symbol_count)
        }
    }
}

/// The GNU table knows those symbols alone that others may look up; the other one knows all.
fn check_agreement<'a>(
    gnu: &GnuHash,
    sysv: &SysvHash,
    segments: &Segments<'a>,
    symbols: &Symbols<'a>,
) -> Result<(), Rejected<'a>> {
    let disagreement = || Rule::HashDisagreement.broken().number(sysv.symbol_count as u64);
    if gnu.hashed.end > sysv.symbol_count {
        return Err(disagreement());
    }
    for index in 1..sysv.symbol_count {
        let symbol = symbols.check(index, segments)?;
        if symbol.is_exported && !gnu.hashed.contains(&index) {
            return Err(disagreement().name(symbol.name));
        }
    }
    Ok(())
}

/// Returns a word of a table, if the table has it.
fn word(bytes: &[u8], index: usize) -> Option<u32> {
    let bytes = bytes.get(index.checked_mul(4)?..)?.first_chunk()?;
    Some(u32::from_le_bytes(*bytes))
}
