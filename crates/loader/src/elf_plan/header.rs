//! The ELF header: checks that the file is a kernel for this machine, and finds its program headers.

use core::ops::Range;

use elf::abi::{
    EI_ABIVERSION, EI_CLASS, EI_DATA, EI_NIDENT, EI_OSABI, EI_VERSION, ELFCLASS64, ELFDATA2LSB, ELFMAGIC,
    EM_X86_64, ET_DYN, ET_EXEC, EV_CURRENT, PN_XNUM,
};
use elf::endian::LittleEndian;
use elf::file::{Class, ELF64_EHDR_TAILSIZE, FileHeader};

use super::{ElfError, HeaderError};

/// Bytes of a program header of an ELF64 file.
pub(super) const PROGRAM_HEADER_SIZE: u16 = 56;

/// The fields of the ELF header that the plan needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KernelHeader {
    /// `ET_DYN`: the kernel may be moved.
    pub(super) is_position_independent: bool,
    /// Not moved by the load bias.
    pub(super) entry: u64,
    table_offset: u64,
    table_entries: u16,
}

impl KernelHeader {
    /// Bytes of the file that [`parse`](Self::parse) needs: the ELF header.
    pub const SIZE: usize = EI_NIDENT + ELF64_EHDR_TAILSIZE;

    /// Parses the header at the start of a file of `file_size` bytes.
    ///
    /// # Errors
    /// It isn't an ELF64 executable or shared object for x86-64, or its program headers aren't in it.
    pub fn parse(first_bytes: &[u8], file_size: u64) -> Result<Self, ElfError> {
        let bytes: &[u8; Self::SIZE] =
            first_bytes.first_chunk().ok_or(HeaderError::Truncated(first_bytes.len()))?;
        let (ident, tail) = bytes.split_at(EI_NIDENT);
        check_ident(ident)?;
        let ident = (LittleEndian, Class::ELF64, ident[EI_OSABI], ident[EI_ABIVERSION]);
        let header = FileHeader::parse_tail(ident, tail).map_err(|_| HeaderError::Truncated(bytes.len()))?;
        Ok(Self::check(&header, file_size)?)
    }

    fn check(header: &FileHeader<LittleEndian>, file_size: u64) -> Result<Self, HeaderError> {
        if header.e_machine != EM_X86_64 {
            return Err(HeaderError::Machine(header.e_machine));
        }
        if header.version != u32::from(EV_CURRENT) {
            return Err(HeaderError::Version(header.version));
        }
        let is_position_independent = match header.e_type {
            ET_EXEC => false,
            ET_DYN => true,
            other => return Err(HeaderError::FileType(other)),
        };
        if !(1..PN_XNUM).contains(&header.e_phnum) {
            return Err(HeaderError::ProgramHeaderCount(header.e_phnum));
        }
        if header.e_phentsize != PROGRAM_HEADER_SIZE {
            return Err(HeaderError::ProgramHeaderSize(header.e_phentsize));
        }
        let header = Self {
            is_position_independent,
            entry: header.e_entry,
            table_offset: header.e_phoff,
            table_entries: header.e_phnum,
        };
        let table = header.program_headers();
        if table.end > file_size || table.end - table.start != header.table_size() {
            return Err(HeaderError::ProgramHeadersPastEnd { end: table.end, file_size });
        }
        Ok(header)
    }

    /// Returns the range of the program headers in the file: the bytes that [`KernelPlan::new`] needs.
    ///
    /// [`KernelPlan::new`]: super::KernelPlan::new
    #[must_use]
    pub fn program_headers(&self) -> Range<u64> {
        self.table_offset..self.table_offset.saturating_add(self.table_size())
    }

    fn table_size(&self) -> u64 {
        u64::from(self.table_entries) * u64::from(PROGRAM_HEADER_SIZE)
    }
}

/// Checks that the first 16 bytes are those of a little-endian ELF64 file.
fn check_ident(ident: &[u8]) -> Result<(), HeaderError> {
    let magic = ident.first_chunk().copied().unwrap_or_default();
    if magic != ELFMAGIC {
        return Err(HeaderError::Magic(u32::from_be_bytes(magic)));
    }
    match (ident[EI_CLASS], ident[EI_DATA], ident[EI_VERSION]) {
        (ELFCLASS64, ELFDATA2LSB, EV_CURRENT) => Ok(()),
        (ELFCLASS64, ELFDATA2LSB, version) => Err(HeaderError::Version(u32::from(version))),
        (ELFCLASS64, data, _) => Err(HeaderError::Endianness(data)),
        (class, ..) => Err(HeaderError::Class(class)),
    }
}
