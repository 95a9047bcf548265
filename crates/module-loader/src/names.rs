//! The table of names.

use elf::string_table::StringTable;

use crate::limits;
use crate::rule::Rule;
use crate::validation_error::Rejected;

/// Names, each up to its NUL.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Names<'a> {
    bytes: &'a [u8],
}

impl<'a> Names<'a> {
    /// Returns a table whose last name ends, too; or one with no names at all.
    pub(crate) fn new(bytes: &'a [u8]) -> Result<Self, Rejected<'a>> {
        if bytes.last().is_some_and(|last| *last != 0) {
            return Err(Rule::StringTableEnd.broken());
        }
        Ok(Self { bytes })
    }

    /// Returns the name at this offset in the table.
    pub(crate) fn get(&self, offset: u64) -> Result<&'a [u8], Rejected<'a>> {
        // No further than a name may reach: what a file makes us search for the NUL is bounded.
        let rest = self.bytes.get(offset as usize..).unwrap_or_default();
        let rest = &rest[..rest.len().min(limits::NAME_SIZE + 1)];
        StringTable::new(rest).get_raw(0).map_err(|_| Rule::Name.broken().number(offset))
    }
}
