//! The error for a file that breaks a rule.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt;

use crate::rule::Rule;

/// Bytes of names that a list shows; the rest is counted.
const SHOWN_NAME_BYTES: usize = 16 << 10;

/// The error that all checks return, boxed, because most code only passes it on.
pub type Rejected<'a> = Box<ValidationError<'a>>;

/// A file has broken a rule. Borrows names from the file.
///
/// Displayed as `rule: what is wrong: number, at file offset 0x40, symbol name`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValidationError<'a> {
    /// Which rule.
    pub rule: Rule,
    /// Where the file breaks it.
    pub location: Option<Location>,
    /// The number to look up: a field's value, a tag, a relocation's type.
    pub number: Option<u64>,
    /// The symbols that it is about, or the library.
    pub names: Vec<&'a [u8]>,
}

/// Where in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Location {
    /// This many bytes from its start.
    Offset(u64),
    /// At this address, as the file's linker has assigned it.
    Address(u64),
}

impl<'a> ValidationError<'a> {
    pub(crate) fn new(rule: Rule, location: Option<Location>) -> Rejected<'a> {
        Box::new(Self { rule, location, number: None, names: Vec::new() })
    }

    /// With the number to look up.
    pub(crate) fn number(mut self: Box<Self>, number: impl Into<u64>) -> Rejected<'a> {
        self.number = Some(number.into());
        self
    }

    /// With the symbol or library that it is about; an empty name is none.
    #[cold]
    #[inline(never)]
    pub(crate) fn name(mut self: Box<Self>, name: &'a [u8]) -> Rejected<'a> {
        self.names.extend((!name.is_empty()).then_some(name));
        self
    }

    /// With all the symbols that it is about.
    pub(crate) fn names(mut self: Box<Self>, names: Vec<&'a [u8]>) -> Rejected<'a> {
        self.names = names;
        self
    }
}

impl fmt::Display for ValidationError<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.rule, self.rule.says())?;
        if let Some(number) = self.number {
            write!(f, ": {number:#x}")?;
        }
        match self.location {
            Some(Location::Offset(offset)) => write!(f, ", at file offset {offset:#x}")?,
            Some(Location::Address(address)) => write!(f, ", at address {address:#x}")?,
            None => {}
        }
        if self.names.is_empty() { Ok(()) } else { write!(f, ": {}", NameList(&self.names)) }
    }
}

impl core::error::Error for ValidationError<'_> {}

/// Names with commas between them; of very many, the first ones and a count.
#[derive(Debug)]
pub struct NameList<'a>(pub &'a [&'a [u8]]);

impl fmt::Display for NameList<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut room = SHOWN_NAME_BYTES;
        for (index, name) in self.0.iter().enumerate() {
            let separator = if index == 0 { "" } else { ", " };
            let Some(left) = room.checked_sub(name.len()) else {
                return write!(f, "{separator}and {} more", self.0.len() - index);
            };
            room = left;
            write!(f, "{separator}{}", name.escape_ascii())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_names_rule_number_location_and_symbols() {
        let error = Rule::RelocationType.at_address(0x2010).number(37_u64).name(b"foo\xFF");
        let text =
            "relocation-type: a relocation of a type that isn't supported: 0x25, at address 0x2010: foo\\xff";
        assert_eq!(error.to_string(), text);
        assert_eq!(
            Rule::Magic.at_offset(0).name(b"").to_string(),
            "magic: not an ELF file, at file offset 0x0"
        );
    }

    #[test]
    fn a_list_of_very_many_names_is_cut_and_says_so() {
        let name = [b'a'; 1000];
        let text = NameList(&vec![&name[..]; 20]).to_string();
        assert!(text.ends_with("a, and 4 more"), "{}", &text[16_000..]);
    }
}
