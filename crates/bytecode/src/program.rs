//! Programs in files.
//!
//! Format 0 is opcode bytes without operands. Format 1 is a header and code with operands:
//!
//! ```text
//! 0    magic       4 bytes  89 "FJP": the first byte is no opcode, so format 0 never begins so
//! 4    version     u8       1
//! 5    flags       u8       0
//! 6    priority    u8       the task's base priority
//! 7    reserved    u8       0
//! 8    arrival     u32      the tick at which the task arrives
//! 12   code_len    u32      bytes of code: 1 to 65536
//! 16   name        16 bytes UTF-8 without control characters and ", padded by NULs
//! 32   crc         u32      CRC-32 (IEEE 802.3) of bytes 0..32 and of the code
//! 36   code
//! ```
//!
//! All numbers are little-endian. Nothing in a file is trusted: whatever isn't so is an error with its offset, and
//! so is an opcode that doesn't exist, a cut operand, and a jump to where no instruction begins.

mod error;
mod load;

use alloc::string::String;
use alloc::vec::Vec;

pub use error::{LoadError, Problem};
pub use load::Lenient;
pub(crate) use load::{decode, jump_target};

/// What a file of format 1 begins with.
pub const MAGIC: [u8; 4] = [0x89, b'F', b'J', b'P'];

/// Bytes of code that a program can have.
pub const MAX_CODE: usize = 1 << 16;

/// Bytes that a program's name can have.
pub const MAX_NAME: usize = 16;

/// The version that is read and written.
const VERSION: u8 = 1;

/// Bytes of a header of format 1.
const HEADER_SIZE: usize = 36;

/// The offset of the checksum in it.
const CRC_OFFSET: usize = 32;

/// How a program is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Format 0: opcodes alone. Operands count as 0, and what is missing on the stack as well.
    Raw,
    /// Format 1: a header, and operands.
    Full,
}

/// A program that can be run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Program {
    format: Format,
    name: String,
    priority: u8,
    arrival: u32,
    code: Vec<u8>,
}

impl Program {
    /// Returns the program in the bytes of a file.
    ///
    /// # Errors
    /// It can't be run; the error has the offset in the file, and the reason.
    pub fn load(file: &[u8]) -> Result<Self, LoadError> {
        load::strict(file)
    }

    /// Returns the program in the bytes of a file, without the bytes that are no instruction, as some simple machines
    /// skip them.
    ///
    /// # Errors
    /// It can't be run even so: its header is bad, nothing is left, or a jump goes nowhere.
    pub fn load_lenient(file: &[u8]) -> Result<Lenient, LoadError> {
        load::lenient(file)
    }

    /// Returns a program of format 1 without a name, of its code alone.
    ///
    /// # Errors
    /// The code can't be run.
    pub fn from_code(code: &[u8]) -> Result<Self, LoadError> {
        Self::load(&Self::new(Format::Full, String::new(), 0, 0, code.to_vec()).to_file())
    }

    /// A program of checked parts.
    pub(crate) fn new(format: Format, name: String, priority: u8, arrival: u32, code: Vec<u8>) -> Self {
        Self { format, name, priority, arrival, code }
    }

    /// Returns how it is stored.
    #[must_use]
    pub fn format(&self) -> Format {
        self.format
    }

    /// Returns its name; empty in format 0.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the base priority of its task.
    #[must_use]
    pub fn priority(&self) -> u8 {
        self.priority
    }

    /// Returns the tick at which its task arrives.
    #[must_use]
    pub fn arrival(&self) -> u32 {
        self.arrival
    }

    /// Returns its code.
    #[must_use]
    pub fn code(&self) -> &[u8] {
        &self.code
    }

    /// Returns the bytes of its file.
    #[must_use]
    pub fn to_file(&self) -> Vec<u8> {
        if self.format == Format::Raw {
            return self.code.clone();
        }
        let mut file = Vec::with_capacity(HEADER_SIZE + self.code.len());
        file.extend(MAGIC);
        file.extend([VERSION, 0, self.priority, 0]);
        file.extend(self.arrival.to_le_bytes());
        // `MAX_CODE` fits.
        file.extend(u32::try_from(self.code.len()).unwrap_or(u32::MAX).to_le_bytes());
        file.extend(self.name.bytes());
        file.resize(CRC_OFFSET, 0);
        let crc = checksum(&file, &self.code);
        file.extend(crc.to_le_bytes());
        file.extend(&self.code);
        file
    }
}

/// Returns the checksum of a header's first part and of the code.
fn checksum(header: &[u8], code: &[u8]) -> u32 {
    let mut crc = crc32fast::Hasher::new();
    crc.update(header);
    crc.update(code);
    crc.finalize()
}

/// Returns whether a program can have this name: a source must be able to contain it.
pub(crate) fn is_name(name: &str) -> bool {
    name.len() <= MAX_NAME && !name.chars().any(|letter| letter.is_control() || letter == '"')
}
