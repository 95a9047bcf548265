//! The first step: all that can be checked on the file's bytes alone.

use alloc::vec::Vec;

use crate::dynamic::Dynamic;
use crate::hash::{self, Hashed};
use crate::initialisers::Initialisers;
use crate::relocations::{Change, Relocations};
use crate::resolver::Resolver;
use crate::rule::Rule;
use crate::segments::Segments;
use crate::symbols::{CheckedSymbol, Symbols, Value};
use crate::validation_error::Rejected;

/// A file that has passed: what is to be mapped, written and called. Nothing has been done yet.
#[derive(Debug)]
pub struct Plan<'a> {
    pub(crate) segments: Segments<'a>,
    symbols: Symbols<'a>,
    /// What each symbol stands for.
    values: Vec<Value>,
    relocations: Relocations<'a>,
    relocation_count: u64,
    /// In the order of the symbol table.
    exports: Vec<CheckedSymbol<'a>>,
    pub(crate) initialisers: Initialisers,
}

impl<'a> Plan<'a> {
    /// Checks a file; `resolver` knows what it may use that it doesn't bring along.
    ///
    /// # Errors
    /// The first rule that the file breaks.
    pub fn new(file: &'a [u8], resolver: &dyn Resolver) -> Result<Self, Rejected<'a>> {
        let segments = Segments::parse(file)?;
        let dynamic = Dynamic::parse(&segments)?;
        for name in dynamic.needed() {
            let name = name?;
            if !resolver.has_library(name) {
                return Err(Rule::Needed.broken().name(name));
            }
        }
        let symbols = Symbols::new(&dynamic);
        let hashed = hash::check(&dynamic.entries, &segments, &symbols)?;
        let relocations = Relocations::new(&dynamic);
        let count = symbol_count(&dynamic, hashed.end, &symbols, &relocations)?;
        let values = symbols.resolve(count, &segments, resolver)?;
        let relocation_count = relocations.for_each(&segments, &symbols, &values, |_, _| ())?;
        let exports = exports(&symbols, hashed, &segments)?;
        let initialisers = Initialisers::new(&dynamic, &segments)?;
        Ok(Self { segments, symbols, values, relocations, relocation_count, exports, initialisers })
    }

    /// Segments that are loaded.
    #[must_use]
    pub fn segment_count(&self) -> usize {
        self.segments.loaded().len()
    }

    /// Words that are written when it is relocated.
    #[must_use]
    pub fn relocation_count(&self) -> u64 {
        self.relocation_count
    }

    /// Returns the names of what it exports, in the order of the symbol table.
    pub fn export_names(&self) -> impl Iterator<Item = &'a [u8]> {
        self.exports.iter().map(|symbol| symbol.name)
    }

    pub(crate) fn exports(&self) -> &[CheckedSymbol<'a>] {
        &self.exports
    }

    /// Calls `apply` with each word's address and what is to become of it.
    pub(crate) fn for_each_relocation(&self, apply: impl FnMut(u64, Change)) -> Result<u64, Rejected<'a>> {
        self.relocations.for_each(&self.segments, &self.symbols, &self.values, apply)
    }
}

/// Where only `DT_GNU_HASH` has it, and that table is empty, undefined symbols may follow those that it knows of:
/// then the relocations determine it.
fn symbol_count<'a>(
    dynamic: &Dynamic<'a>,
    hashed: usize,
    symbols: &Symbols<'a>,
    relocations: &Relocations<'a>,
) -> Result<usize, Rejected<'a>> {
    if dynamic.entries.hash.is_some() {
        return Ok(hashed);
    }
    symbols.check_count(relocations.symbol_count().max(hashed as u64))
}

fn exports<'a>(
    symbols: &Symbols<'a>,
    hashed: Hashed,
    segments: &Segments<'_>,
) -> Result<Vec<CheckedSymbol<'a>>, Rejected<'a>> {
    let mut exports = Vec::new();
    for index in hashed {
        let symbol = symbols.check(index, segments)?;
        exports.extend(symbol.is_exported.then_some(symbol));
    }
    Ok(exports)
}
