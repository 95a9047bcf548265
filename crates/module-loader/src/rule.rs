//! The rules that a module has to keep, each with the name that `cargo xtask modcheck` prints.

use core::fmt;

use crate::validation_error::{Location, Rejected, ValidationError};

macro_rules! rules {
    ($($variant:ident $name:literal $says:literal,)+) => {
        /// A rule that a file has broken.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Rule {
            $(#[doc = $says] $variant,)+
        }

        impl Rule {
            /// All rules, in the order in which a file meets them.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// Returns the short name, such as `text-relocations`.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }

            /// Returns what is wrong with a file that breaks it, and what helps where something does.
            #[must_use]
            pub const fn says(self) -> &'static str {
                match self { $(Self::$variant => $says,)+ }
            }
        }
    };
}

rules! {
    FileSize "file-size" "the file has more than 16 MiB",
    Truncated "truncated" "the file ends within its ELF header",
    Magic "magic" "not an ELF file",
    Class "class" "not a 64-bit ELF file",
    ByteOrder "byte-order" "not a little-endian ELF file",
    Version "version" "a version of ELF other than 1",
    OsAbi "os-abi" "made for another system: EI_OSABI is neither 0 nor 3",
    Machine "machine" "made for another CPU than x86-64",
    Executable "executable" "a program at fixed addresses (ET_EXEC), not a shared object",
    ObjectFile "object-file" "an object file (ET_REL): link it to a shared object",
    FileType "file-type" "not a shared object (ET_DYN)",
    ProgramHeaderSize "program-header-size" "program headers of another size than 56 bytes",
    ProgramHeaders "program-headers" "the program headers aren't all in the file, or there are none",

    Interpreter "interpreter" "a program, not a library: it asks for an interpreter (PT_INTERP)",
    Tls "tls" "thread-local storage: is it built with std, and not by cargo xtask module?",
    ExecutableStack "executable-stack" "it asks for an executable stack: link with -z noexecstack",
    SegmentCount "segment-count" "1 to 16 segments can be loaded",
    SegmentFileSize "segment-file-size" "a segment has more bytes in the file than in memory",
    SegmentRange "segment-range" "a segment's bytes aren't all in the file: was it cut short?",
    SegmentWraps "segment-wraps" "a segment's addresses wrap around",
    SegmentAlignment "segment-alignment"
        "a segment's alignment isn't a power of two up to 4096: link with -z max-page-size=4096",
    SegmentCongruence "segment-congruence" "a segment's offset and address differ within a page",
    SegmentOrder "segment-order" "segments aren't in the order of their addresses",
    SegmentOverlap "segment-overlap" "two segments overlap, or share a page",
    WriteExecute "write-execute" "a segment is writable and executable",
    ImageSize "image-size" "the segments span more than 16 MiB",
    RelroCount "relro-count" "more than one PT_GNU_RELRO",
    RelroRange "relro-range" "PT_GNU_RELRO isn't within one writable segment",

    DynamicCount "dynamic-count" "not exactly one PT_DYNAMIC: is it a shared object?",
    DynamicRange "dynamic-range" "PT_DYNAMIC isn't in the file's part of a segment",
    DynamicEnd "dynamic-end" "the dynamic section has no DT_NULL",
    DynamicDuplicate "dynamic-duplicate" "an entry of the dynamic section stands there twice; its tag is",
    DynamicMissing "dynamic-missing" "the dynamic section lacks an entry that another one needs; its tag is",
    EntrySize "entry-size" "a table's entries haven't the size that they have on x86-64; the tag is",
    TableRange "table-range" "a table isn't in the file's part of a segment; its tag is",
    TableSize "table-size" "a table's size is no multiple of its entries'; its tag is",
    Rel "rel" "relocations without addend (DT_REL): link with -z rela",
    TextRelocations "text-relocations" "relocations in code (DT_TEXTREL): compile it position independent",
    Pie "pie" "a position-independent program (DF_1_PIE), not a library: link with -shared",
    StringTableSize "string-table-size" "the names have more than 4 MiB",
    StringTableEnd "string-table-end" "the table of names doesn't end with NUL",
    Needed "needed" "it needs a library that isn't there: link it in, or build it by cargo xtask module",

    HashMissing "hash-missing" "neither DT_GNU_HASH nor DT_HASH: link with --hash-style=gnu",
    HashRange "hash-range" "a hash table isn't in the file's part of a segment, or leads out of its table",
    HashHeader "hash-header" "a hash table has no buckets, or a bloom filter that can't be",
    HashLoop "hash-loop" "a chain of a hash table doesn't end",
    HashLies "hash-lies" "a hash table has a symbol in the wrong place, or not at all",
    HashDisagreement "hash-disagreement" "DT_HASH and DT_GNU_HASH have different symbols",

    SymbolCount "symbol-count" "more than 65536 symbols",
    SymbolTable "symbol-table" "the symbol table isn't in the file's part of a segment",
    Name "name" "a name isn't in the table of names, or has more than 1024 bytes",
    SymbolKind "symbol-kind" "a symbol is neither function nor data",
    SymbolBinding "symbol-binding" "a symbol is neither local nor global nor weak",
    SymbolSection "symbol-section" "a symbol in a section that a linked file hasn't",
    SymbolRange "symbol-range" "a symbol isn't in a segment, or is a function outside of code",
    Ifunc "ifunc" "a function that is chosen at load time (ifunc)",
    Undefined "undefined" "symbols that nothing defines",

    RelocationType "relocation-type" "a relocation of a type that isn't supported",
    RelocationCopy "relocation-copy" "a copy relocation, which only a program may have",
    Relocation32 "relocation-32"
        "a relocation of 32 bits, which an address doesn't fit into: compile it position independent",
    RelocationPc32 "relocation-pc32"
        "a relocation of 32 bits relative to code: compile it position independent",
    RelocationTarget "relocation-target" "a relocation changes what isn't in a writable segment",
    RelocationSymbol "relocation-symbol" "a relocation's symbol isn't in the symbol table",
    RelrBitmap "relr-bitmap" "packed relocations (DT_RELR) begin with a bitmap, without an address",
    RelrOrder "relr-order" "packed relocations (DT_RELR) aren't in the order of their addresses",

    InitialiserCount "initialiser-count" "more than 4096 initialisers, or finalisers",
    InitialiserRange "initialiser-range" "an array of initialisers isn't in a segment",
    Initialiser "initialiser" "an initialiser or a finaliser isn't in code",
}

impl Rule {
    /// Broken by the file as a whole.
    #[cold]
    #[inline(never)]
    pub(crate) fn broken<'a>(self) -> Rejected<'a> {
        ValidationError::new(self, None)
    }

    /// Broken by the bytes at this offset in the file.
    #[cold]
    #[inline(never)]
    pub(crate) fn at_offset<'a>(self, offset: u64) -> Rejected<'a> {
        ValidationError::new(self, Some(Location::Offset(offset)))
    }

    /// Broken by the bytes at this address, as the file's linker has assigned it.
    #[cold]
    #[inline(never)]
    pub(crate) fn at_address<'a>(self, address: u64) -> Rejected<'a> {
        ValidationError::new(self, Some(Location::Address(address)))
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_rule_has_a_name_of_its_own_in_one_form() {
        let names: BTreeSet<_> = Rule::ALL.iter().map(|rule| rule.name()).collect();
        assert_eq!(names.len(), Rule::ALL.len());
        let is_kebab =
            |name: &str| name.bytes().all(|b| b == b'-' || b.is_ascii_lowercase() || b.is_ascii_digit());
        assert!(names.iter().all(|name| is_kebab(name)), "{names:?}");
    }
}
