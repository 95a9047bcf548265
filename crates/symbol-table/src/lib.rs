//! A kernel's function names in a compact file: the image builder makes it of the kernel's ELF file, the
//! loader passes it to the kernel as a boot module, and the kernel looks addresses up in it.
//!
//! ```text
//! 0    magic         8 bytes  "FJSYMS1\n"
//! 8    base          u64      the ELF file's lowest address; offsets count from it
//! 16   count         u32      entries
//! 20   names_size    u32      bytes of names
//! 24   entries       12 bytes each, ascending by offset
//!        offset      u32      where the function starts
//!        size        u32      its bytes; zero: up to the next entry
//!        name        u32      where its name starts among the names
//! ...  names         UTF-8, as people read them (demangled), each ended by a NUL
//! ```
//!
//! All numbers are little-endian. Nothing in a file is trusted: one that isn't whole yields `None`, one that
//! is wrong yields wrong names.

#![cfg_attr(not(any(test, feature = "build")), no_std)]
#![forbid(unsafe_code)]

#[cfg(any(test, feature = "build"))]
mod build;
#[cfg(test)]
mod tests;

#[cfg(any(test, feature = "build"))]
pub use build::{Symbol, build};

/// What a file begins with. A number in it is the format's version.
pub const MAGIC: [u8; 8] = *b"FJSYMS1\n";

/// Bytes of magic, base, count and names_size.
const HEADER_SIZE: usize = 24;

/// Bytes of an entry.
const ENTRY_SIZE: usize = 12;

/// A table in memory.
#[derive(Debug, Clone, Copy)]
pub struct SymbolTable<'a> {
    base: u64,
    entries: &'a [[u8; ENTRY_SIZE]],
    names: &'a [u8],
}

/// The function that an address lies in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Found<'a> {
    /// Its name.
    pub name: &'a str,
    /// Bytes from its start to the address.
    pub offset: u64,
}

impl<'a> SymbolTable<'a> {
    /// Returns the table in `bytes`; `None` if they are something else, or not all of it.
    #[must_use]
    pub fn parse(bytes: &'a [u8]) -> Option<Self> {
        let (header, rest) = bytes.split_first_chunk::<HEADER_SIZE>()?;
        if !header.starts_with(&MAGIC) {
            return None;
        }
        let base = u64::from_le_bytes(*header[8..].first_chunk()?);
        let count = u32::from_le_bytes(*header[16..].first_chunk()?) as usize;
        let names_size = u32::from_le_bytes(*header[20..].first_chunk()?) as usize;
        let (entries, rest) = rest.split_at_checked(count.checked_mul(ENTRY_SIZE)?)?;
        let names = rest.get(..names_size)?;
        Some(Self { base, entries: entries.as_chunks().0, names })
    }

    /// The function that `address` lies in: an address as the ELF file has it. A name that isn't UTF-8 or has a control
    /// character isn't shown: a terminal would obey it.
    #[must_use]
    pub fn find(&self, address: u64) -> Option<Found<'a>> {
        let offset = u32::try_from(address.checked_sub(self.base)?).ok()?;
        let end = self.entries.partition_point(|entry| word(entry, 0) <= offset);
        let entry = self.entries.get(end.checked_sub(1)?)?;
        let from_start = offset - word(entry, 0);
        let size = word(entry, 4);
        if size != 0 && from_start >= size {
            return None;
        }
        let name = self.names.get(word(entry, 8) as usize..)?;
        let name = name.split(|byte| *byte == 0).next()?;
        let name = core::str::from_utf8(name).ok().filter(|name| !name.contains(char::is_control))?;
        Some(Found { name, offset: from_start.into() })
    }
}

fn word(entry: &[u8; ENTRY_SIZE], position: usize) -> u32 {
    let mut bytes = [0; 4];
    bytes.copy_from_slice(&entry[position..position + 4]);
    u32::from_le_bytes(bytes)
}

/// The README's examples, as tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
