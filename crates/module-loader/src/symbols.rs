//! The symbol table.
//!
//! Source: System V ABI, "Symbol Table"; for ifuncs, the GNU extensions to it.

use alloc::vec::Vec;

use elf::abi::{
    SHN_ABS, SHN_LORESERVE, STB_GLOBAL, STB_LOCAL, STB_WEAK, STT_FILE, STT_FUNC, STT_GNU_IFUNC, STT_NOTYPE,
    STT_OBJECT, STT_SECTION, STT_TLS, STV_DEFAULT, STV_PROTECTED,
};
use elf::endian::LittleEndian;
use elf::symbol::{Symbol, SymbolTable};

use crate::dynamic::Dynamic;
use crate::exports::SymbolKind;
use crate::header::table;
use crate::limits;
use crate::names::Names;
use crate::resolver::Resolver;
use crate::rule::Rule;
use crate::segments::Segments;
use crate::validation_error::Rejected;

/// The symbol table, up to the end of the file's part of its segment.
#[derive(Debug)]
pub(crate) struct Symbols<'a> {
    table: SymbolTable<'a, LittleEndian>,
    names: Names<'a>,
}

/// A symbol that has been checked.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CheckedSymbol<'a> {
    pub(crate) name: &'a [u8],
    pub(crate) definition: Definition,
    /// Others may look it up.
    pub(crate) is_exported: bool,
}

/// Where a symbol is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Definition {
    /// Somewhere else.
    Undefined { is_weak: bool },
    /// At a number that isn't moved with the module.
    Absolute(u64),
    /// In the module, at this address of the file's linker.
    Here { address: u64, size: u64, kind: SymbolKind },
}

/// What a relocation puts where it refers to a symbol.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Value {
    /// This number.
    Fixed(u64),
    /// This address, plus what the module is moved by.
    Moved(u64),
}

impl<'a> Symbols<'a> {
    pub(crate) fn new(dynamic: &Dynamic<'a>) -> Self {
        Self { table: table(dynamic.symbols), names: dynamic.names }
    }

    /// Returns the name of a symbol.
    pub(crate) fn name(&self, index: usize) -> Result<&'a [u8], Rejected<'a>> {
        self.names.get(u64::from(self.get(index)?.st_name))
    }

    /// Returns the symbol `index`, and whether it may be what it says.
    pub(crate) fn check(
        &self,
        index: usize,
        segments: &Segments<'_>,
    ) -> Result<CheckedSymbol<'a>, Rejected<'a>> {
        let symbol = self.get(index)?;
        let name = self.name(index)?;
        let broken =
            |rule: Rule, number: u64| Err(rule.at_address(symbol.st_value).number(number).name(name));
        let kind = match symbol.st_symtype() {
            STT_FUNC => SymbolKind::Function,
            STT_NOTYPE | STT_OBJECT | STT_SECTION | STT_FILE => SymbolKind::Data,
            STT_TLS => return broken(Rule::Tls, STT_TLS.into()),
            STT_GNU_IFUNC => return broken(Rule::Ifunc, STT_GNU_IFUNC.into()),
            other => return broken(Rule::SymbolKind, other.into()),
        };
        let binding = symbol.st_bind();
        if ![STB_LOCAL, STB_GLOBAL, STB_WEAK].contains(&binding) {
            return broken(Rule::SymbolBinding, binding.into());
        }
        let definition = match symbol.st_shndx {
            _ if symbol.is_undefined() => Definition::Undefined { is_weak: binding == STB_WEAK },
            SHN_ABS => Definition::Absolute(symbol.st_value),
            SHN_LORESERVE.. => return broken(Rule::SymbolSection, symbol.st_shndx.into()),
            _ => Definition::Here { address: symbol.st_value, size: symbol.st_size, kind },
        };
        if !is_in_place(&definition, segments) {
            return broken(Rule::SymbolRange, symbol.st_size);
        }
        let is_visible = [STV_DEFAULT, STV_PROTECTED].contains(&symbol.st_vis());
        let is_here = matches!(definition, Definition::Here { .. });
        let is_exported = is_here && is_visible && binding != STB_LOCAL && !name.is_empty();
        Ok(CheckedSymbol { name, definition, is_exported })
    }

    /// Returns what each of the first `count` symbols stands for.
    ///
    /// # Errors
    /// A symbol is broken; or some that must be defined are not: then all of them are named.
    pub(crate) fn resolve(
        &self,
        count: usize,
        segments: &Segments<'_>,
        resolver: &dyn Resolver,
    ) -> Result<Vec<Value>, Rejected<'a>> {
        let mut undefined = Vec::new();
        // The first entry is no symbol, whatever its contents.
        let mut values = Vec::from([Value::Fixed(0)]);
        for index in 1..count {
            let symbol = self.check(index, segments)?;
            values.push(match symbol.definition {
                Definition::Here { address, .. } => Value::Moved(address),
                Definition::Absolute(value) => Value::Fixed(value),
                Definition::Undefined { is_weak } => {
                    let found = resolver.address_of(symbol.name);
                    undefined.extend((found.is_none() && !is_weak).then_some(symbol.name));
                    Value::Fixed(found.unwrap_or(0))
                }
            });
        }
        if undefined.is_empty() { Ok(values) } else { Err(Rule::Undefined.broken().names(undefined)) }
    }

    /// Rejects more symbols than there may be, or than the table can have.
    pub(crate) fn check_count(&self, count: u64) -> Result<usize, Rejected<'a>> {
        if count > limits::SYMBOLS as u64 {
            return Err(Rule::SymbolCount.broken().number(count));
        }
        let count = count as usize;
        if count > self.table.len() {
            Err(Rule::SymbolTable.broken().number(count as u64))
        } else {
            Ok(count)
        }
    }

    fn get(&self, index: usize) -> Result<Symbol, Rejected<'a>> {
        self.table.get(index).map_err(|_| Rule::SymbolTable.broken().number(index as u64))
    }
}

/// Returns whether what is defined in the module is in one of its segments, and code if it is a function.
fn is_in_place(definition: &Definition, segments: &Segments<'_>) -> bool {
    match *definition {
        Definition::Here { address, size, kind } => {
            let is_code_if_function = kind != SymbolKind::Function || segments.is_code(address);
            segments.containing(address, size).is_some() && is_code_if_function
        }
        Definition::Undefined { .. } | Definition::Absolute(_) => true,
    }
}
