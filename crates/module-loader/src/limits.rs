//! How large a module and its parts may be. They bound the loader's time and memory, whatever a file says.

/// Bytes of a file.
pub const FILE_SIZE: usize = 16 << 20;

/// Bytes that the loaded segments span, gaps included.
pub const IMAGE_SIZE: u64 = 16 << 20;

/// Segments that are loaded.
pub const SEGMENTS: usize = 16;

/// Entries of the symbol table.
pub const SYMBOLS: usize = 1 << 16;

/// Bytes of the table of names.
pub const STRING_TABLE_SIZE: u64 = 4 << 20;

/// Bytes of one name.
pub const NAME_SIZE: usize = 1024;

/// Entries of `DT_INIT_ARRAY`, and of `DT_FINI_ARRAY`.
pub const INITIALISERS: u64 = 4096;
