//! The names of the kernel's functions, from the module that the image builder makes of its ELF file.
//!
//! Without that module the addresses stand alone. Of an address in a module that was loaded at run time, the module's
//! name is known, and how far it is from the module's start.

use core::fmt;

use farjump_symbol_table::SymbolTable;
use spin::Once;

use crate::module;

struct Symbols {
    table: SymbolTable<'static>,
    /// What the loader has added to the ELF file's addresses.
    load_bias: u64,
}

static SYMBOLS: Once<Symbols> = Once::new();

/// Finds the table among the modules, by its first bytes.
pub(crate) fn init() {
    let Some(boot_info) = crate::boot::info() else { return };
    let mut tables =
        boot_info.modules.get().iter().filter_map(|module| SymbolTable::parse(module.bytes.get()));
    if let Some(table) = tables.next() {
        SYMBOLS.call_once(|| Symbols { table, load_bias: boot_info.kernel.load_bias });
    }
}

/// An address in the kernel's code, shown with the function it lies in where that is known.
#[derive(Debug, Clone, Copy)]
pub struct Location {
    address: u64,
    function: Option<Function>,
}

#[derive(Debug, Clone, Copy)]
struct Function {
    name: &'static str,
    offset: u64,
}

/// What `address` is to be shown as, if `within` is an address in the same function.
///
/// They differ for a return address, which may lie past the end of its function.
#[must_use]
pub fn find(within: u64, address: u64) -> Location {
    let function = SYMBOLS.get().and_then(|symbols| {
        let symbol = symbols.table.find(within.wrapping_sub(symbols.load_bias))?;
        Some(Function { name: symbol.name, offset: symbol.offset + address.wrapping_sub(within) })
    });
    Location { address, function }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.function {
            Some(Function { name, offset }) => write!(f, "{name}+{offset:#x}, {:#x}", self.address),
            None => {
                let show = |name: &str, offset| write!(f, "{name}+{offset:#x}, ");
                module::locate(self.address, show).unwrap_or(Ok(()))?;
                write!(f, "{:#x}", self.address)
            }
        }
    }
}
