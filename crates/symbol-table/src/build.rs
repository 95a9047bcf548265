//! Makes a table's file.

use crate::{ENTRY_SIZE, HEADER_SIZE, MAGIC};

/// A function of the ELF file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Symbol {
    /// Its first address.
    pub address: u64,
    /// Its bytes, zero where the ELF file doesn't say.
    pub size: u64,
    /// Its name, demangled. One with a NUL is cut there.
    pub name: String,
}

/// Returns the file with all `symbols`, in whatever order they are. Of several at an address the largest stays, of
/// those the first in the alphabet; those below `base`, or 4 GiB and more above, are left out.
#[must_use]
pub fn build(base: u64, mut symbols: Vec<Symbol>) -> Vec<u8> {
    symbols.sort_by(|one, other| {
        one.address
            .cmp(&other.address)
            .then(other.size.cmp(&one.size))
            .then_with(|| one.name.cmp(&other.name))
    });
    symbols.dedup_by_key(|symbol| symbol.address);
    let mut entries = Vec::with_capacity(symbols.len() * ENTRY_SIZE);
    let mut names = Vec::new();
    for symbol in &symbols {
        let offset = symbol.address.checked_sub(base).and_then(|offset| u32::try_from(offset).ok());
        let (Some(offset), Ok(name)) = (offset, u32::try_from(names.len())) else { continue };
        let size = u32::try_from(symbol.size).unwrap_or(0);
        entries.extend([offset, size, name].iter().flat_map(|word| word.to_le_bytes()));
        names.extend(symbol.name.bytes().take_while(|byte| *byte != 0));
        names.push(0);
    }
    let count = u32::try_from(entries.len() / ENTRY_SIZE).unwrap_or(u32::MAX);
    let names_size = u32::try_from(names.len()).unwrap_or(u32::MAX);
    let mut file = Vec::with_capacity(HEADER_SIZE + entries.len() + names.len());
    file.extend(MAGIC);
    file.extend(base.to_le_bytes());
    file.extend(count.to_le_bytes());
    file.extend(names_size.to_le_bytes());
    file.extend(entries);
    file.extend(names);
    file
}
