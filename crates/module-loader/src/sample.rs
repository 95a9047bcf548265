//! A small good module, byte by byte, for tests to damage.
//!
//! ```text
//! offset  address
//! 0x000   0x0000   R    ELF header, program headers, hash tables, symbols, names, relocations
//! 0x680   0x1680   RX   code: `answer` returns 42; an initialiser that does nothing
//! 0x6A0   0x26A0   RW   dynamic section, initialisers, pointers; read-only after relocation
//! 0xA00   0x3A00   RW   data; .bss after it
//! ```
//!
//! It has a bit of everything that is supported, and no section headers. Its code is harmless.

use alloc::vec;
use alloc::vec::Vec;

use elf::hash::{gnu_hash, sysv_hash};

/// Offsets in the file.
pub const PROGRAM_HEADERS: usize = 0x40;
/// `DT_GNU_HASH`: one bucket.
pub const GNU_HASH: usize = 0x200;
/// `DT_HASH`: one bucket.
pub const HASH: usize = 0x240;
const SYMBOLS: usize = 0x280;
/// `DT_STRTAB`.
pub const NAMES: usize = 0x300;
const RELA: usize = 0x400;
const JUMP_SLOTS: usize = 0x500;
/// `DT_RELR`: an address and a bitmap.
pub const RELR: usize = 0x540;
const CODE: usize = 0x680;
const DYNAMIC: usize = 0x6A0;
const INIT_ARRAY: usize = 0x8A0;
const FINI_ARRAY: usize = 0x8B0;
const POINTERS: usize = 0x8C0;
const DATA: usize = 0xA00;
const END: usize = 0xA40;

/// Bytes from the start of the data to its end in memory.
const DATA_MEMORY: usize = 0x1800;

/// Program headers, by their index.
pub const TEXT_SEGMENT: usize = 1;
/// Dynamic section, initialisers, pointers.
pub const RELRO_SEGMENT: usize = 2;
/// Data and .bss.
pub const DATA_SEGMENT: usize = 3;
/// `PT_DYNAMIC`.
pub const DYNAMIC_HEADER: usize = 4;
/// `PT_GNU_RELRO`.
pub const RELRO_HEADER: usize = 5;
/// `PT_GNU_STACK`.
pub const STACK_HEADER: usize = 6;
/// A `PT_NOTE` that says nothing: a place for another header.
pub const SPARE_HEADER: usize = 7;

/// Symbols, by their index: undefined and weak.
pub const HELPER: usize = 1;
/// A function.
pub const ANSWER: usize = 2;
/// A static.
pub const COUNTER: usize = 3;

const SYMBOL_COUNT: usize = 4;
const STRINGS: &[u8] = b"\0helper\0answer\0counter\0libneeded.so\0";

/// The offset in [`NAMES`] of a library's name.
pub const LIBRARY_NAME: u64 = 23;

/// The file.
#[derive(Debug, Clone)]
pub struct Sample {
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// Returns the address that the byte at `offset` is loaded at.
#[must_use]
pub const fn address(offset: usize) -> u64 {
    let segment = match offset {
        ..CODE => 0,
        CODE..DYNAMIC => 1,
        DYNAMIC..DATA => 2,
        _ => 3,
    };
    offset as u64 + segment * 0x1000
}

impl Default for Sample {
    fn default() -> Self {
        Self::new()
    }
}

impl Sample {
    /// The good module.
    #[must_use]
    pub fn new() -> Self {
        let mut sample = Self { bytes: vec![0; END] };
        sample.put_headers();
        sample.put_hash_tables();
        sample.put_symbols();
        sample.put_relocations();
        sample.put_dynamic();
        // mov eax, 42; ret. At the end: ret.
        sample.put(CODE, &[0xB8, 42, 0, 0, 0, 0xC3]);
        sample.put(CODE + 16, &[0xC3]);
        // Two pointers within the module, which DT_RELR relocates.
        sample.set_u64(DATA, address(DATA) + 8);
        sample.set_u64(DATA + 8, address(DATA));
        sample
    }

    /// The good module as a linker makes it whose first address is `start`, a multiple of the page size. [`address`]
    /// leaves `start` out.
    #[must_use]
    pub fn linked_at(start: u64) -> Self {
        let mut sample = Self::new();
        let headers =
            (0..STACK_HEADER).flat_map(|index| [16, 24].map(|field| Self::program_header(index) + field));
        let symbols = [ANSWER, COUNTER].map(|index| Self::symbol(index) + 8);
        let places = (0..6).map(Self::relocation).chain([JUMP_SLOTS]);
        // Of the two of type RELATIVE, and the values that DT_RELR moves.
        let addends = [0, 1].map(|index| Self::relocation(index) + 16).into_iter().chain([DATA, DATA + 8]);
        let addresses = [0x6FFF_FEF5, 4, 5, 6, 7, 23, 36, 25, 26, 12, 13].map(|tag| sample.dynamic(tag));
        for at in headers.chain(symbols).chain(places).chain(addends).chain(addresses).chain([RELR]) {
            sample.set_u64(at, sample.u64(at) + start);
        }
        sample
    }

    fn put_headers(&mut self) {
        self.put(0, b"\x7FELF\x02\x01\x01");
        for (offset, value) in [(16, 3), (18, 62), (20, 1), (52, 64), (54, 56), (56, 8), (58, 64)] {
            self.set_u16(offset, value);
        }
        self.set_u64(32, PROGRAM_HEADERS as u64);
        let segments = [
            (1, 4, 0, CODE, CODE, 0x1000),
            (1, 5, CODE, 0x20, 0x20, 0x1000),
            (1, 6, DYNAMIC, DATA - DYNAMIC, 0x1000 - DYNAMIC, 0x1000),
            (1, 6, DATA, END - DATA, DATA_MEMORY, 0x1000),
            (2, 6, DYNAMIC, INIT_ARRAY - DYNAMIC, INIT_ARRAY - DYNAMIC, 8),
            (0x6474_E552, 4, DYNAMIC, DATA - DYNAMIC, 0x1000 - DYNAMIC, 1),
            (0x6474_E551, 6, 0, 0, 0, 0),
            (4, 4, 0, 0, 0, 4),
        ];
        for (index, (kind, flags, offset, file_size, memory_size, align)) in segments.into_iter().enumerate()
        {
            let at = Self::program_header(index);
            self.set_u32(at, kind);
            self.set_u32(at + 4, flags);
            let fields = [offset as u64, address(offset), address(offset), file_size as u64];
            self.put(at + 8, fields.map(u64::to_le_bytes).as_flattened());
            self.set_u64(at + 40, memory_size as u64);
            self.set_u64(at + 48, align);
        }
    }

    fn put_hash_tables(&mut self) {
        let hashed: [&[u8]; 2] = [b"answer", b"counter"];
        let hashes = hashed.map(gnu_hash);
        let bits = |hash: u32| 1_u64 << (hash % 64) | 1 << ((hash >> 6) % 64);
        // nbuckets, first symbol, bloom words, shift.
        self.put(GNU_HASH, [1, ANSWER as u32, 1, 6].map(u32::to_le_bytes).as_flattened());
        self.set_u64(GNU_HASH + 16, bits(hashes[0]) | bits(hashes[1]));
        let (first, last) = (hashes[0] & !1, hashes[1] | 1);
        self.put(GNU_HASH + 24, [ANSWER as u32, first, last].map(u32::to_le_bytes).as_flattened());
        debug_assert!(sysv_hash(b"answer") != 0);
        // nbucket, nchain, the bucket, then a chain through all symbols.
        self.put(HASH, [1, SYMBOL_COUNT as u32, 3, 0, 0, 1, 2].map(u32::to_le_bytes).as_flattened());
    }

    fn put_symbols(&mut self) {
        self.put(NAMES, STRINGS);
        // Name, binding and type, section, value, size.
        let symbols = [
            (HELPER, 1, 0x20, 0, 0, 0),
            (ANSWER, 8, 0x12, 1, address(CODE), 6),
            (COUNTER, 15, 0x11, 2, address(DATA), 8),
        ];
        for (index, name, info, section, value, size) in symbols {
            let at = Self::symbol(index);
            self.set_u32(at, name);
            self.set_u16(at + 4, info);
            self.set_u16(at + 6, section);
            self.set_u64(at + 8, value);
            self.set_u64(at + 16, size);
        }
    }

    fn put_relocations(&mut self) {
        let pointer = |index: usize| POINTERS + 8 * index;
        // Location, type, symbol, addend.
        let relocations = [
            (INIT_ARRAY, 8, 0, address(CODE + 16)),
            (FINI_ARRAY, 8, 0, address(CODE + 16)),
            (pointer(0), 1, ANSWER, 4),
            (pointer(1), 6, COUNTER, 0),
            (pointer(2), 1, HELPER, 0),
            (pointer(3), 0, 0, 0),
        ];
        for (index, (place, kind, symbol, addend)) in relocations.into_iter().enumerate() {
            self.put_relocation(Self::relocation(index), place, kind, symbol, addend);
        }
        self.put_relocation(JUMP_SLOTS, pointer(4), 7, ANSWER, 0);
        self.set_u64(RELR, address(DATA));
        self.set_u64(RELR + 8, 0b11);
    }

    fn put_relocation(&mut self, at: usize, place: usize, kind: u32, symbol: usize, addend: u64) {
        self.set_u64(at, address(place));
        self.set_u32(at + 8, kind);
        self.set_u32(at + 12, symbol as u32);
        self.set_u64(at + 16, addend);
    }

    fn put_dynamic(&mut self) {
        let entries = [
            (0x6FFF_FEF5, address(GNU_HASH)),
            (4, address(HASH)),
            (5, address(NAMES)),
            (10, STRINGS.len() as u64),
            (6, address(SYMBOLS)),
            (11, 24),
            (7, address(RELA)),
            (8, 6 * 24),
            (9, 24),
            (23, address(JUMP_SLOTS)),
            (2, 24),
            (20, 7),
            (36, address(RELR)),
            (35, 16),
            (37, 8),
            (25, address(INIT_ARRAY)),
            (27, 8),
            (26, address(FINI_ARRAY)),
            (28, 8),
            (12, address(CODE + 16)),
            (13, address(CODE + 16)),
            (30, 8),
        ];
        for (index, (tag, value)) in entries.into_iter().enumerate() {
            self.set_u64(DYNAMIC + 16 * index, tag);
            self.set_u64(DYNAMIC + 16 * index + 8, value);
        }
    }

    /// Returns where a program header is.
    #[must_use]
    pub const fn program_header(index: usize) -> usize {
        PROGRAM_HEADERS + 56 * index
    }

    /// Returns where a symbol is.
    #[must_use]
    pub const fn symbol(index: usize) -> usize {
        SYMBOLS + 24 * index
    }

    /// Returns where an entry of `DT_RELA` is: the first two are the initialiser and the finaliser, the third refers to
    /// [`ANSWER`].
    #[must_use]
    pub const fn relocation(index: usize) -> usize {
        RELA + 24 * index
    }

    /// Returns where the value of a tag of the dynamic section is.
    ///
    /// # Panics
    /// It has no such entry.
    #[must_use]
    pub fn dynamic(&self, tag: u64) -> usize {
        let mut tags = (DYNAMIC..INIT_ARRAY).step_by(16);
        tags.find(|at| self.u64(*at) == tag).map_or_else(|| panic!("no tag {tag:#x}"), |at| at + 8)
    }

    /// Sets the value of a tag of the dynamic section, which gets it if it hasn't got it.
    pub fn set_dynamic(&mut self, tag: u64, value: u64) {
        let has_it = (DYNAMIC..INIT_ARRAY).step_by(16).any(|at| self.u64(at) == tag);
        if has_it {
            self.set_u64(self.dynamic(tag), value);
        } else {
            self.add_dynamic(tag, value);
        }
    }

    /// Adds an entry to the dynamic section.
    pub fn add_dynamic(&mut self, tag: u64, value: u64) {
        let end = self.dynamic(0) - 8;
        self.set_u64(end, tag);
        self.set_u64(end + 8, value);
    }

    /// Makes an entry of the dynamic section one that says nothing (`DT_DEBUG`).
    pub fn remove_dynamic(&mut self, tag: u64) {
        let at = self.dynamic(tag) - 8;
        self.set_u64(at, 21);
    }

    /// Returns the number at `at`.
    #[must_use]
    pub fn u64(&self, at: usize) -> u64 {
        self.bytes[at..].first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes))
    }

    /// Puts a number of two bytes to `at`.
    pub fn set_u16(&mut self, at: usize, value: u16) {
        self.put(at, &value.to_le_bytes());
    }

    /// Puts a number of four bytes to `at`.
    pub fn set_u32(&mut self, at: usize, value: u32) {
        self.put(at, &value.to_le_bytes());
    }

    /// Puts a number of eight bytes to `at`.
    pub fn set_u64(&mut self, at: usize, value: u64) {
        self.put(at, &value.to_le_bytes());
    }

    /// Puts bytes to `at`.
    pub fn put(&mut self, at: usize, bytes: &[u8]) {
        self.bytes[at..at + bytes.len()].copy_from_slice(bytes);
    }
}
