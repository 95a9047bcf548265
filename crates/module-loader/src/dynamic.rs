//! The dynamic section: where all tables are.
//!
//! It is found through `PT_DYNAMIC`, and what it points to through the segments: sections are never read.
//!
//! Source: System V ABI, "Dynamic Section"; for `DT_RELR`, "Relative Relocation Table".

use alloc::vec::Vec;

use elf::abi::{
    DF_1_PIE, DF_STATIC_TLS, DF_TEXTREL, DT_FINI, DT_FINI_ARRAY, DT_FINI_ARRAYSZ, DT_FLAGS, DT_FLAGS_1,
    DT_GNU_HASH, DT_HASH, DT_INIT, DT_INIT_ARRAY, DT_INIT_ARRAYSZ, DT_JMPREL, DT_NEEDED, DT_NULL, DT_PLTREL,
    DT_PLTRELSZ, DT_REL, DT_RELA, DT_RELAENT, DT_RELASZ, DT_RELENT, DT_RELSZ, DT_STRSZ, DT_STRTAB, DT_SYMENT,
    DT_SYMTAB, DT_TEXTREL, DT_TLSDESC_GOT, DT_TLSDESC_PLT,
};
use elf::dynamic::Dyn;

use crate::header::{Table, table};
use crate::limits;
use crate::names::Names;
use crate::rule::Rule;
use crate::segments::Segments;
use crate::validation_error::Rejected;

const DT_RELRSZ: i64 = 35;
const DT_RELR: i64 = 36;
const DT_RELRENT: i64 = 37;

/// Bytes of an entry of each kind of table.
const RELA_SIZE: u64 = 24;
const SYMBOL_SIZE: u64 = 24;
const WORD_SIZE: u64 = 8;

/// The entries as they are in the file.
#[derive(Debug, Default)]
pub(crate) struct Entries {
    pub(crate) hash: Option<u64>,
    pub(crate) gnu_hash: Option<u64>,
    pub(crate) init: Option<u64>,
    pub(crate) fini: Option<u64>,
    string_table: Option<u64>,
    string_size: Option<u64>,
    symbol_table: Option<u64>,
    symbol_entry: Option<u64>,
    rela: Option<u64>,
    rela_size: Option<u64>,
    rela_entry: Option<u64>,
    jump_slots: Option<u64>,
    jump_slots_size: Option<u64>,
    jump_slots_kind: Option<u64>,
    relr: Option<u64>,
    relr_size: Option<u64>,
    relr_entry: Option<u64>,
    init_array: Option<u64>,
    init_array_size: Option<u64>,
    fini_array: Option<u64>,
    fini_array_size: Option<u64>,
    flags: Option<u64>,
    flags_1: Option<u64>,
    /// Offsets into the table of names.
    needed: Vec<u64>,
}

/// The tables that the dynamic section leads to.
#[derive(Debug)]
pub(crate) struct Dynamic<'a> {
    pub(crate) entries: Entries,
    pub(crate) names: Names<'a>,
    /// From the symbol table's start to the end of its segment's part of the file: its size is stored nowhere.
    pub(crate) symbols: &'a [u8],
    pub(crate) rela: &'a [u8],
    pub(crate) jump_slots: &'a [u8],
    pub(crate) relr: &'a [u8],
    /// Addresses of the arrays, and how many pointers they have.
    pub(crate) init_array: (u64, u64),
    pub(crate) fini_array: (u64, u64),
}

impl<'a> Dynamic<'a> {
    pub(crate) fn parse(segments: &Segments<'a>) -> Result<Self, Rejected<'a>> {
        let range = &segments.dynamic;
        let bytes = segments.bytes(range.start, range.end - range.start).unwrap_or_default();
        let entries = Entries::read(range.start, table(bytes))?;
        entries.check_flags()?;
        entries.check_entry_sizes()?;
        let e = &entries;
        let missing = |tag: i64| Rule::DynamicMissing.broken().number(tag.cast_unsigned());
        let symbols = e.symbol_table.ok_or_else(|| missing(DT_SYMTAB))?;
        let symbols = segments.bytes_from(symbols).ok_or_else(|| Rule::SymbolTable.at_address(symbols))?;
        let string_size = e.string_size.ok_or_else(|| missing(DT_STRSZ))?;
        if string_size > limits::STRING_TABLE_SIZE {
            return Err(Rule::StringTableSize.broken().number(string_size));
        }
        e.string_table.ok_or_else(|| missing(DT_STRTAB))?;
        Ok(Self {
            names: Names::new(find(segments, DT_STRTAB, 1, e.string_table, e.string_size)?)?,
            symbols,
            rela: find(segments, DT_RELA, RELA_SIZE, e.rela, e.rela_size)?,
            jump_slots: find(segments, DT_JMPREL, RELA_SIZE, e.jump_slots, e.jump_slots_size)?,
            relr: find(segments, DT_RELR, WORD_SIZE, e.relr, e.relr_size)?,
            init_array: find_array(segments, DT_INIT_ARRAY, e.init_array, e.init_array_size)?,
            fini_array: find_array(segments, DT_FINI_ARRAY, e.fini_array, e.fini_array_size)?,
            entries,
        })
    }

    /// Returns the libraries that it needs.
    pub(crate) fn needed(&self) -> impl Iterator<Item = Result<&'a [u8], Rejected<'a>>> {
        self.entries.needed.iter().map(|offset| self.names.get(*offset))
    }
}

impl Entries {
    fn read<'a>(address: u64, table: Table<'a, Dyn>) -> Result<Self, Rejected<'a>> {
        let mut entries = Self::default();
        for (index, entry) in table.iter().enumerate() {
            let at = address + index as u64 * size_of::<Dyn>() as u64;
            let value = entry.d_val();
            match entry.d_tag {
                DT_NULL => return Ok(entries),
                DT_NEEDED => entries.needed.push(value),
                DT_REL | DT_RELSZ | DT_RELENT => return Err(Rule::Rel.at_address(at)),
                DT_TEXTREL => return Err(Rule::TextRelocations.at_address(at)),
                DT_TLSDESC_PLT | DT_TLSDESC_GOT => return Err(Rule::Tls.at_address(at)),
                tag => {
                    let is_second = entries.field(tag).is_some_and(|field| field.replace(value).is_some());
                    if is_second {
                        return Err(Rule::DynamicDuplicate.at_address(at).number(tag.cast_unsigned()));
                    }
                }
            }
        }
        Err(Rule::DynamicEnd.at_address(address))
    }

    /// Returns where the value of `tag` is kept, if it matters.
    fn field(&mut self, tag: i64) -> Option<&mut Option<u64>> {
        Some(match tag {
            DT_HASH => &mut self.hash,
            DT_GNU_HASH => &mut self.gnu_hash,
            DT_INIT => &mut self.init,
            DT_FINI => &mut self.fini,
            DT_STRTAB => &mut self.string_table,
            DT_STRSZ => &mut self.string_size,
            DT_SYMTAB => &mut self.symbol_table,
            DT_SYMENT => &mut self.symbol_entry,
            DT_RELA => &mut self.rela,
            DT_RELASZ => &mut self.rela_size,
            DT_RELAENT => &mut self.rela_entry,
            DT_JMPREL => &mut self.jump_slots,
            DT_PLTRELSZ => &mut self.jump_slots_size,
            DT_PLTREL => &mut self.jump_slots_kind,
            DT_RELR => &mut self.relr,
            DT_RELRSZ => &mut self.relr_size,
            DT_RELRENT => &mut self.relr_entry,
            DT_INIT_ARRAY => &mut self.init_array,
            DT_INIT_ARRAYSZ => &mut self.init_array_size,
            DT_FINI_ARRAY => &mut self.fini_array,
            DT_FINI_ARRAYSZ => &mut self.fini_array_size,
            DT_FLAGS => &mut self.flags,
            DT_FLAGS_1 => &mut self.flags_1,
            _ => return None,
        })
    }

    fn check_flags<'a>(&self) -> Result<(), Rejected<'a>> {
        let has = |flags: Option<u64>, flag: i64| flags.unwrap_or(0) & flag.cast_unsigned() != 0;
        let checks = [
            (self.flags, DF_TEXTREL, Rule::TextRelocations),
            (self.flags, DF_STATIC_TLS, Rule::Tls),
            (self.flags_1, DF_1_PIE, Rule::Pie),
        ];
        let broken = checks.into_iter().find(|(flags, flag, _)| has(*flags, *flag));
        broken.map_or(Ok(()), |(flags, _, rule)| Err(rule.broken().number(flags.unwrap_or(0))))
    }

    fn check_entry_sizes<'a>(&self) -> Result<(), Rejected<'a>> {
        // The kind of jump slots is a tag, and it is the tables' only one.
        if self.jump_slots.is_some() && self.jump_slots_kind != Some(DT_RELA.cast_unsigned()) {
            return Err(Rule::Rel.broken().number(self.jump_slots_kind.unwrap_or(0)));
        }
        let checks = [
            (self.symbol_table, self.symbol_entry, SYMBOL_SIZE, DT_SYMENT),
            (self.rela, self.rela_entry, RELA_SIZE, DT_RELAENT),
            (self.relr, self.relr_entry, WORD_SIZE, DT_RELRENT),
        ];
        for (table, entry, size, tag) in checks {
            if table.is_some() && entry != Some(size) {
                let rule = if entry.is_some() { Rule::EntrySize } else { Rule::DynamicMissing };
                return Err(rule.broken().number(tag.cast_unsigned()));
            }
        }
        Ok(())
    }
}

/// Returns how many bytes a table of `entry`-sized entries has; both its address and its size are there, or neither is.
fn checked_size<'a>(
    tag: i64,
    entry: u64,
    address: Option<u64>,
    size: Option<u64>,
) -> Result<Option<(u64, u64)>, Rejected<'a>> {
    let tag = tag.cast_unsigned();
    match (address, size) {
        // Some linkers write an empty table's size.
        (None, None | Some(0)) => Ok(None),
        (Some(_), None) | (None, Some(_)) => Err(Rule::DynamicMissing.broken().number(tag)),
        (Some(_), Some(size)) if size % entry != 0 => Err(Rule::TableSize.broken().number(tag)),
        (Some(address), Some(size)) => Ok(Some((address, size))),
    }
}

/// Returns the bytes of a table; none if there is no such table.
fn find<'a>(
    segments: &Segments<'a>,
    tag: i64,
    entry: u64,
    address: Option<u64>,
    size: Option<u64>,
) -> Result<&'a [u8], Rejected<'a>> {
    let Some((address, size)) = checked_size(tag, entry, address, size)? else { return Ok(&[]) };
    let bytes = segments.bytes(address, size);
    bytes.ok_or_else(|| Rule::TableRange.at_address(address).number(tag.cast_unsigned()))
}

/// Returns the address of an array of pointers, which may get its bytes from relocations alone, and their number.
fn find_array<'a>(
    segments: &Segments<'a>,
    tag: i64,
    address: Option<u64>,
    size: Option<u64>,
) -> Result<(u64, u64), Rejected<'a>> {
    let Some((address, size)) = checked_size(tag, WORD_SIZE, address, size)? else { return Ok((0, 0)) };
    let count = size / WORD_SIZE;
    if count > limits::INITIALISERS {
        return Err(Rule::InitialiserCount.at_address(address).number(count));
    }
    if count != 0 && segments.containing(address, size).is_none() {
        return Err(Rule::InitialiserRange.at_address(address).number(tag.cast_unsigned()));
    }
    Ok((address, count))
}
