//! What a module exports: copied out of the file, so that it outlives it.
//!
//! A look-up goes through all of them: it is rare, and sorting would cost more code than all the rest here.

use alloc::boxed::Box;
use alloc::vec::Vec;

use crate::plan::Plan;
use crate::symbols::Definition;

/// What is at a symbol's address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SymbolKind {
    /// Code.
    Function,
    /// Anything else.
    Data,
}

/// An exported symbol of a loaded module.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Export<'a> {
    /// Its name, without NUL.
    pub name: &'a [u8],
    /// Where it is now.
    pub address: u64,
    /// Its bytes, as the file says; may be zero.
    pub size: u64,
    /// What is there.
    pub kind: SymbolKind,
}

/// All exports of a module.
#[derive(Debug)]
pub(crate) struct Exports {
    names: Box<[u8]>,
    /// In the order of the symbol table. Of several symbols with one name the first counts.
    entries: Box<[Entry]>,
}

#[derive(Debug, Clone, Copy)]
struct Entry {
    name_start: u32,
    name_size: u32,
    address: u64,
    size: u64,
    kind: SymbolKind,
}

impl Exports {
    /// The exports of a module that is moved by `bias`.
    pub(crate) fn new(plan: &Plan<'_>, bias: u64) -> Self {
        let mut names = Vec::new();
        let mut entries = Vec::new();
        for symbol in plan.exports() {
            let Definition::Here { address, size, kind } = symbol.definition else { continue };
            let name_start = names.len() as u32;
            names.extend_from_slice(symbol.name);
            let address = address.wrapping_add(bias);
            entries.push(Entry { name_start, name_size: symbol.name.len() as u32, address, size, kind });
        }
        Self { names: names.into(), entries: entries.into() }
    }

    pub(crate) fn find(&self, name: &[u8]) -> Option<Export<'_>> {
        self.iter().find(|export| export.name == name)
    }

    pub(crate) fn iter(&self) -> impl ExactSizeIterator<Item = Export<'_>> {
        self.entries.iter().map(|entry| self.export(entry))
    }

    fn export(&self, entry: &Entry) -> Export<'_> {
        Export { name: self.name(entry), address: entry.address, size: entry.size, kind: entry.kind }
    }

    fn name(&self, entry: &Entry) -> &[u8] {
        let start = entry.name_start as usize;
        &self.names[start..start + entry.name_size as usize]
    }
}
