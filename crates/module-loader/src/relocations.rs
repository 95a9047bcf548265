//! What is to be written where: `DT_RELR`, `DT_RELA` and `DT_JMPREL`.
//!
//! | type | writes |
//! |---|---|
//! | `R_X86_64_NONE` | nothing |
//! | `R_X86_64_RELATIVE`, and each word that `DT_RELR` stands for | an address in the module |
//! | `R_X86_64_64` | a symbol's address, plus a number |
//! | `R_X86_64_GLOB_DAT`, `R_X86_64_JUMP_SLOT` | a symbol's address |
//!
//! All are done when the module is loaded: nothing is bound later.
//!
//! Source: System V ABI, AMD64 supplement, "Relocation Types"; System V ABI, "Relative Relocation Table".

use elf::abi::{
    R_X86_64_32, R_X86_64_32S, R_X86_64_64, R_X86_64_COPY, R_X86_64_DTPMOD64, R_X86_64_DTPOFF32,
    R_X86_64_GLOB_DAT, R_X86_64_GOTPC32_TLSDESC, R_X86_64_GOTTPOFF, R_X86_64_IRELATIVE, R_X86_64_JUMP_SLOT,
    R_X86_64_NONE, R_X86_64_PC32, R_X86_64_RELATIVE, R_X86_64_TLSDESC, R_X86_64_TPOFF32,
};
use elf::relocation::Rela;

use crate::dynamic::Dynamic;
use crate::header::table;
use crate::rule::Rule;
use crate::segments::Segments;
use crate::symbols::{Symbols, Value};
use crate::validation_error::Rejected;

/// Bytes that each relocation writes.
pub(crate) const WORD_SIZE: u64 = 8;

/// One word to write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Change {
    /// This value.
    Set(Value),
    /// The word in the file, plus the distance that the module is moved by.
    Move,
}

/// The relocations of a file, as they are stored there.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Relocations<'a> {
    relr: &'a [u8],
    /// `DT_RELA`, then `DT_JMPREL`.
    rela: [&'a [u8]; 2],
}

impl<'a> Relocations<'a> {
    pub(crate) fn new(dynamic: &Dynamic<'a>) -> Self {
        Self { relr: dynamic.relr, rela: [dynamic.rela, dynamic.jump_slots] }
    }

    /// Returns how many symbols they refer to, were each in the table up to the last one.
    pub(crate) fn symbol_count(&self) -> u64 {
        let last = self.entries().filter(|entry| has_symbol(entry.r_type)).map(|entry| entry.r_sym).max();
        last.map_or(0, |last| u64::from(last) + 1)
    }

    /// Calls `apply` with the address and the change of each word, and returns their number. Each word is in a
    /// writable segment.
    ///
    /// # Errors
    /// The first relocation that isn't as it has to be.
    pub(crate) fn for_each(
        &self,
        segments: &Segments<'_>,
        symbols: &Symbols<'a>,
        values: &[Value],
        mut apply: impl FnMut(u64, Change),
    ) -> Result<u64, Rejected<'a>> {
        let mut count = 0;
        let mut checked = |address: u64, change: Change| {
            if !segments.is_writable(address, WORD_SIZE) {
                return Err(Rule::RelocationTarget.at_address(address));
            }
            count += 1;
            apply(address, change);
            Ok(())
        };
        for_each_packed(self.relr, |address| checked(address, Change::Move))?;
        for entry in self.entries() {
            if let Some(value) = value_of(&entry, symbols, values)? {
                let named = |error: Rejected<'a>| match symbols.name(entry.r_sym as usize) {
                    Ok(name) => error.name(name),
                    Err(_) => error,
                };
                checked(entry.r_offset, Change::Set(value)).map_err(named)?;
            }
        }
        Ok(count)
    }

    fn entries(&self) -> impl Iterator<Item = Rela> + use<'a> {
        self.rela.into_iter().flat_map(|bytes| table(bytes).iter())
    }
}

fn has_symbol(kind: u32) -> bool {
    matches!(kind, R_X86_64_64 | R_X86_64_GLOB_DAT | R_X86_64_JUMP_SLOT)
}

/// Returns what a relocation writes, if anything.
fn value_of<'a>(
    entry: &Rela,
    symbols: &Symbols<'a>,
    values: &[Value],
) -> Result<Option<Value>, Rejected<'a>> {
    let rule = match entry.r_type {
        R_X86_64_NONE => return Ok(None),
        R_X86_64_RELATIVE => return Ok(Some(Value::Moved(entry.r_addend.cast_unsigned()))),
        kind if has_symbol(kind) => {
            let value = values.get(entry.r_sym as usize);
            let out_of_range = || Rule::RelocationSymbol.at_address(entry.r_offset).number(entry.r_sym);
            let addend = if kind == R_X86_64_64 { entry.r_addend } else { 0 };
            return Ok(Some(value.ok_or_else(out_of_range)?.plus(addend)));
        }
        R_X86_64_COPY => Rule::RelocationCopy,
        R_X86_64_IRELATIVE => Rule::Ifunc,
        R_X86_64_32 | R_X86_64_32S => Rule::Relocation32,
        R_X86_64_PC32 => Rule::RelocationPc32,
        R_X86_64_DTPMOD64..=R_X86_64_DTPOFF32 | R_X86_64_GOTTPOFF | R_X86_64_TPOFF32 => Rule::Tls,
        R_X86_64_GOTPC32_TLSDESC..=R_X86_64_TLSDESC => Rule::Tls,
        _ => Rule::RelocationType,
    };
    let name = symbols.name(entry.r_sym as usize).unwrap_or_default();
    Err(rule.at_address(entry.r_offset).number(entry.r_type).name(name))
}

impl Value {
    fn plus(self, addend: i64) -> Self {
        match self {
            Self::Fixed(value) => Self::Fixed(value.wrapping_add_signed(addend)),
            Self::Moved(address) => Self::Moved(address.wrapping_add_signed(addend)),
        }
    }

    /// Returns the word that is written where the module is moved by `bias`.
    pub(crate) fn moved_by(self, bias: u64) -> u64 {
        match self {
            Self::Fixed(value) => value,
            Self::Moved(address) => address.wrapping_add(bias),
        }
    }
}

/// Unpacks `DT_RELR`: an even word is the address of one relocation, one with bit 0 set a bitmap of the 63 words after the
/// last.
fn for_each_packed<'a>(
    relr: &[u8],
    mut relocate: impl FnMut(u64) -> Result<(), Rejected<'a>>,
) -> Result<(), Rejected<'a>> {
    const BITMAP_WORDS: u64 = 63;
    // The word that the next bitmap's first bit stands for. Ascending, so that no word is relocated twice, and the
    // work is bounded by the segments' size.
    let mut next: Option<u64> = None;
    for entry in table::<u64>(relr).iter() {
        if entry & 1 == 0 {
            if next.is_some_and(|next| entry < next) {
                return Err(Rule::RelrOrder.at_address(entry));
            }
            relocate(entry)?;
            next = entry.checked_add(WORD_SIZE);
            continue;
        }
        let start = next.ok_or_else(|| Rule::RelrBitmap.broken().number(entry))?;
        for bit in (0..BITMAP_WORDS).filter(|bit| entry >> (bit + 1) & 1 != 0) {
            relocate(start.wrapping_add(bit * WORD_SIZE))?;
        }
        next = start.checked_add(BITMAP_WORDS * WORD_SIZE);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unpack(words: &[u64]) -> Result<Vec<u64>, Rule> {
        let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
        let mut addresses = Vec::new();
        let result = for_each_packed(&bytes, |address| {
            addresses.push(address);
            Ok(())
        });
        result.map(|()| addresses).map_err(|error| error.rule)
    }

    #[test]
    fn packed_relocations_are_addresses_and_bitmaps_of_the_words_after_them() {
        assert_eq!(unpack(&[]), Ok(vec![]));
        assert_eq!(unpack(&[0x1000, 0b1011]), Ok(vec![0x1000, 0x1008, 0x1018]));
        let last = 0x1000 + 63 * 8;
        assert_eq!(unpack(&[0x1000, 1 << 63 | 1, 0b11]), Ok(vec![0x1000, last, last + 8]));
    }

    #[test]
    fn a_bitmap_needs_an_address_before_it_and_addresses_ascend() {
        assert_eq!(unpack(&[0b11, 0x1000]), Err(Rule::RelrBitmap));
        assert_eq!(unpack(&[0x1000, 0x0FF8]), Err(Rule::RelrOrder));
        assert_eq!(unpack(&[0x1000, 0x1000]), Err(Rule::RelrOrder));
        assert_eq!(unpack(&[u64::MAX - 1, 0b11]), Err(Rule::RelrBitmap), "addresses have run out");
    }
}
