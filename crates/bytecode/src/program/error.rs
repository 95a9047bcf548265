//! Why a file holds no program.

use core::fmt;

use super::{MAX_CODE, MAX_NAME};

/// What is wrong, and at which byte of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LoadError {
    /// The byte, counted from 0.
    pub offset: usize,
    /// What is wrong there.
    pub problem: Problem,
}

/// What can be wrong with a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Problem {
    /// There is no code.
    Empty,
    /// There is more code than [`MAX_CODE`]: this many bytes.
    TooLong(usize),
    /// The file ends within the header.
    CutHeader,
    /// The header is of this version.
    Version(u8),
    /// A byte that must be 0 is this.
    Reserved(u8),
    /// The name isn't UTF-8, has control characters or quotes, or continues after a NUL.
    Name,
    /// The header says `stated` bytes of code, and `found` are there.
    Length {
        /// By the header.
        stated: u32,
        /// In the file.
        found: usize,
    },
    /// The checksum is another: `stated` by the header, `computed` of the file.
    Crc {
        /// By the header.
        stated: u32,
        /// Of the file.
        computed: u32,
    },
    /// No instruction begins with this byte.
    UnknownOpcode(u8),
    /// The code ends within an operand.
    CutOperand,
    /// `WORK 0`.
    ZeroWork,
    /// A jump to this offset in the code, where no instruction begins.
    Jump(i64),
}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "at byte {:#x}: {}", self.offset, self.problem)
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("there is no code; a program has one instruction at least"),
            Self::TooLong(len) => write!(f, "{len} bytes of code; a program has {MAX_CODE} at most"),
            Self::CutHeader => f.write_str("the file ends within its header; copy or assemble it again"),
            Self::Version(version) => {
                write!(
                    f,
                    "the header is of version {version}, and only 1 is known; assemble the program again"
                )
            }
            Self::Reserved(byte) => write!(f, "{byte:#04x} stands where 0 must be"),
            Self::Name => {
                write!(
                    f,
                    "the name isn't {MAX_NAME} bytes of UTF-8, padded by NULs, without control characters and quotes"
                )
            }
            Self::Length { stated, found } => {
                write!(
                    f,
                    "the header says {stated} bytes of code, and {found} are there; copy the file again"
                )
            }
            Self::Crc { stated, computed } => write!(
                f,
                "the checksum is {computed:08x}, not the header's {stated:08x}: the file is damaged; copy it again"
            ),
            Self::UnknownOpcode(byte) => write!(f, "no instruction begins with {byte:#04x}"),
            Self::CutOperand => f.write_str("the code ends within this instruction's operand"),
            Self::ZeroWork => f.write_str("WORK 0: it must be a tick at least"),
            Self::Jump(target) => {
                write!(f, "a jump to offset {target} of the code, where no instruction begins")
            }
        }
    }
}

impl core::error::Error for LoadError {}
