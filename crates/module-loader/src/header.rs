//! The ELF header: whether this is a shared object for this machine, and where its program headers are.

use elf::abi::{
    EI_ABIVERSION, EI_CLASS, EI_DATA, EI_NIDENT, EI_OSABI, EI_VERSION, ELFCLASS64, ELFDATA2LSB, ELFMAGIC,
    ELFOSABI_LINUX, ELFOSABI_SYSV, EM_X86_64, ET_DYN, ET_EXEC, ET_REL, EV_CURRENT,
};
use elf::endian::LittleEndian;
use elf::file::{Class, ELF64_EHDR_TAILSIZE, FileHeader};
use elf::parse::ParsingTable;
use elf::segment::SegmentTable;

use crate::limits;
use crate::rule::Rule;
use crate::validation_error::Rejected;

/// Offsets of the header's fields that an error names.
const E_TYPE: u64 = 16;
const E_MACHINE: u64 = 18;
const E_VERSION: u64 = 20;
const E_PHOFF: u64 = 32;
const E_PHENTSIZE: u64 = 54;

/// Bytes of a program header.
pub(crate) const PROGRAM_HEADER_SIZE: u16 = 56;

/// A table of `P`, stored as little-endian ELF64.
pub(crate) type Table<'a, P> = ParsingTable<'a, LittleEndian, P>;

/// Returns the table that `bytes` are.
pub(crate) fn table<P: elf::parse::ParseAt>(bytes: &[u8]) -> Table<'_, P> {
    ParsingTable::new(LittleEndian, Class::ELF64, bytes)
}

/// The program headers.
#[derive(Debug)]
pub(crate) struct ProgramHeaders<'a> {
    pub(crate) table: SegmentTable<'a, LittleEndian>,
    /// Where they begin in the file.
    pub(crate) offset: u64,
}

impl<'a> ProgramHeaders<'a> {
    /// Checks the ELF header, and that the program headers are in the file.
    pub(crate) fn find(file: &'a [u8]) -> Result<Self, Rejected<'a>> {
        if file.len() > limits::FILE_SIZE {
            return Err(Rule::FileSize.broken().number(file.len() as u64));
        }
        let header = parse(file)?;
        if header.e_phentsize != PROGRAM_HEADER_SIZE {
            return Err(Rule::ProgramHeaderSize.at_offset(E_PHENTSIZE).number(header.e_phentsize));
        }
        let size = u64::from(header.e_phnum) * u64::from(PROGRAM_HEADER_SIZE);
        let end = header.e_phoff.checked_add(size).filter(|_| size != 0);
        let bytes = end.and_then(|end| file.get(header.e_phoff as usize..end as usize));
        let bytes = bytes.ok_or_else(|| Rule::ProgramHeaders.at_offset(E_PHOFF).number(header.e_phoff))?;
        Ok(Self { table: table(bytes), offset: header.e_phoff })
    }

    /// Returns the offset in the file of the program header `index`.
    pub(crate) fn offset_of(&self, index: usize) -> u64 {
        self.offset + index as u64 * u64::from(PROGRAM_HEADER_SIZE)
    }
}

fn parse(file: &[u8]) -> Result<FileHeader<LittleEndian>, Rejected<'_>> {
    let truncated = || Rule::Truncated.broken().number(file.len() as u64);
    let (ident, rest) = file.split_at_checked(EI_NIDENT).ok_or_else(truncated)?;
    check_ident(ident)?;
    let ident = (LittleEndian, Class::ELF64, ident[EI_OSABI], ident[EI_ABIVERSION]);
    let tail = rest.get(..ELF64_EHDR_TAILSIZE).ok_or_else(truncated)?;
    let header = FileHeader::parse_tail(ident, tail).map_err(|_| truncated())?;
    if header.e_machine != EM_X86_64 {
        return Err(Rule::Machine.at_offset(E_MACHINE).number(header.e_machine));
    }
    if header.version != u32::from(EV_CURRENT) {
        return Err(Rule::Version.at_offset(E_VERSION).number(header.version));
    }
    match header.e_type {
        ET_DYN => Ok(header),
        ET_EXEC => Err(Rule::Executable.at_offset(E_TYPE)),
        ET_REL => Err(Rule::ObjectFile.at_offset(E_TYPE)),
        other => Err(Rule::FileType.at_offset(E_TYPE).number(other)),
    }
}

fn check_ident<'a>(ident: &[u8]) -> Result<(), Rejected<'a>> {
    if !ident.starts_with(&ELFMAGIC) {
        return Err(Rule::Magic.at_offset(0));
    }
    let checks: [(usize, &[u8], Rule); 4] = [
        (EI_CLASS, &[ELFCLASS64], Rule::Class),
        (EI_DATA, &[ELFDATA2LSB], Rule::ByteOrder),
        (EI_VERSION, &[EV_CURRENT], Rule::Version),
        (EI_OSABI, &[ELFOSABI_SYSV, ELFOSABI_LINUX], Rule::OsAbi),
    ];
    for (index, allowed, rule) in checks {
        if !allowed.contains(&ident[index]) {
            return Err(rule.at_offset(index as u64).number(ident[index]));
        }
    }
    Ok(())
}
