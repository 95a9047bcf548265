//! The kernel's function names as a module, for its backtraces.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};
use farjump_symbol_table::Symbol;
use object::read::elf::ElfFile64;
use object::{Object as _, ObjectSection as _, ObjectSegment as _, SectionKind, SymbolKind};

/// Where the module stands in the image.
pub(super) const PATH: &str = "/modules/kernel.sym";

/// The table's bytes; `None` if the kernel's file names no function.
pub(super) fn table(kernel: &Path) -> Result<Option<Vec<u8>>> {
    let bytes = fs::read(kernel).with_context(|| format!("{}: can't read it", kernel.display()))?;
    // What isn't whole is for the loader to refuse, in its own words.
    let Ok(elf) = ElfFile64::<object::LittleEndian>::parse(&*bytes) else { return Ok(None) };
    let Some(base) = elf.segments().map(|segment| segment.address()).min() else { return Ok(None) };
    let symbols: Vec<Symbol> = elf.symbols().filter_map(|symbol| function(&elf, &symbol)).collect();
    Ok((!symbols.is_empty()).then(|| farjump_symbol_table::build(base, symbols)))
}

/// `symbol`, if it is a function or a label in assembly.
fn function<'a>(
    elf: &ElfFile64<'a, object::LittleEndian>,
    symbol: &impl object::ObjectSymbol<'a>,
) -> Option<Symbol> {
    let section = elf.section_by_index(symbol.section_index()?).ok()?;
    let is_code = section.kind() == SectionKind::Text;
    let is_label = matches!(symbol.kind(), SymbolKind::Text | SymbolKind::Label | SymbolKind::Unknown);
    let name = symbol.name().ok().filter(|name| !name.is_empty())?;
    // `#` leaves the hash out. A name that rustc hasn't mangled stays as it is.
    let name = format!("{:#}", rustc_demangle::demangle(name));
    let named = Symbol { address: symbol.address(), size: symbol.size(), name };
    (is_code && is_label).then_some(named)
}
