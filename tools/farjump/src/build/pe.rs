//! The UEFI loader's ELF file, a static PIE, to the PE32+ file that firmware loads.
//!
//! ```text
//! PT_LOAD R E   .text     at the same distance from the start as in the ELF file
//! PT_LOAD R     .rdata
//! PT_LOAD RW    .data     what is past the end of the file's bytes is zero
//!               .sbat     generations of what was built in, for revocation by shim
//!               .reloc    where the firmware has to add the load address
//! ```
//!
//! Assumes what `linker/uefi.ld` does: the first page is free for the PE headers, and each segment begins with a page.
//! Refuses what firmware would take wrongly or not at all: a segment that is writable and executable, a relocation that
//! isn't the addition of the load address.
//!
//! Source: Microsoft PE Format; UEFI 2.10, "UEFI Images"; ELF-64, "Dynamic Section", "Relocation".

use anyhow::{Context as _, Result, bail, ensure};
use object::LittleEndian;
use object::elf::{
    DT_RELA, DT_RELASZ, FileHeader64, PF_W, PF_X, PT_DYNAMIC, PT_LOAD, ProgramFlags, R_X86_64_RELATIVE,
};
use object::pe;
use object::read::elf::{Dyn as _, FileHeader as _, ProgramHeader as _};
use object::write::pe::{NtHeaders, SectionRange, Writer};

/// Bytes to which sections are aligned, in memory and in the file: a page, so that each gets rights of its own.
const ALIGNMENT: u32 = 0x1000;

/// Data directories that every PE32+ file has room for.
const DATA_DIRECTORIES: usize = pe::IMAGE_NUMBEROF_DIRECTORY_ENTRIES;

/// Bytes of an entry of a RELA table. Source: ELF-64, "Relocation".
const RELA_SIZE: usize = 24;

/// What revocation knows farjump by. Source: shim, `SBAT.md`.
const SBAT: &str = concat!(
    "sbat,1,SBAT Version,sbat,1,https://github.com/rhboot/shim/blob/main/SBAT.md\n",
    "farjump,1,farjump,farjump,",
    env!("CARGO_PKG_VERSION"),
    ",https://crates.io/crates/farjump\n"
);

/// A section in the making.
struct Section {
    name: [u8; 8],
    flags: pe::SectionFlags,
    address: u32,
    memory_size: u32,
    bytes: Vec<u8>,
}

/// Converts the ELF file.
///
/// # Errors
/// It isn't an ELF file of 64 bits, or isn't what this module's description assumes.
pub(super) fn convert(elf: &[u8]) -> Result<Vec<u8>> {
    let endian = LittleEndian;
    let header = FileHeader64::<LittleEndian>::parse(elf)?;
    let segments = header.program_headers(endian, elf)?;
    let mut sections = Vec::new();
    for segment in segments.iter().filter(|segment| segment.p_type(endian) == PT_LOAD) {
        let (name, flags) = kind(segment.p_flags(endian))?;
        let address = u32::try_from(segment.p_vaddr(endian)).context("a segment is past 4 GiB")?;
        ensure!(
            address >= ALIGNMENT && address.is_multiple_of(ALIGNMENT),
            "a segment is at {address:#x}, which isn't a page past the first"
        );
        let data = segment.data(endian, elf).ok().context("a segment reaches past the end of its file")?;
        let memory_size = u32::try_from(segment.p_memsz(endian)).context("a segment is larger than 4 GiB")?;
        sections.push(Section { name, flags, address, memory_size, bytes: data.to_vec() });
    }
    sections.sort_by_key(|section| section.address);
    let mut relocations = relocations(header, elf, &sections)?;
    relocations.sort_unstable();
    for (address, value) in &relocations {
        let word = word_at(&mut sections, *address).context("a relocation is in no segment")?;
        *word = value.to_le_bytes();
    }
    let entry = u32::try_from(header.e_entry.get(endian))?;
    Ok(write(&sections, &relocations, entry)?)
}

/// Name and flags of the section for a segment.
fn kind(flags: ProgramFlags) -> Result<([u8; 8], pe::SectionFlags)> {
    let read = pe::IMAGE_SCN_MEM_READ;
    match (flags.contains(PF_W), flags.contains(PF_X)) {
        (false, true) => Ok((*b".text\0\0\0", read | pe::IMAGE_SCN_CNT_CODE | pe::IMAGE_SCN_MEM_EXECUTE)),
        (false, false) => Ok((*b".rdata\0\0", read | pe::IMAGE_SCN_CNT_INITIALIZED_DATA)),
        (true, false) => {
            Ok((*b".data\0\0\0", read | pe::IMAGE_SCN_CNT_INITIALIZED_DATA | pe::IMAGE_SCN_MEM_WRITE))
        }
        (true, true) => bail!("a segment is writable and executable"),
    }
}

/// Addresses of the words that the load address is added to, and what they hold before.
fn relocations(
    header: &FileHeader64<LittleEndian>,
    elf: &[u8],
    sections: &[Section],
) -> Result<Vec<(u32, u64)>> {
    let endian = LittleEndian;
    let dynamic =
        header.program_headers(endian, elf)?.iter().find(|segment| segment.p_type(endian) == PT_DYNAMIC);
    let dynamic = dynamic.context("it has no PT_DYNAMIC: it isn't position independent")?;
    let entries = dynamic.dynamic(endian, elf)?.context("its dynamic section is no table")?;
    let value =
        |tag| entries.iter().find(|entry| entry.d_tag(endian) == tag).map(|entry| entry.d_val(endian));
    let (Some(address), Some(size)) = (value(DT_RELA), value(DT_RELASZ)) else { return Ok(Vec::new()) };
    let table = sections.iter().find_map(|section| section.bytes_at(address, usize::try_from(size).ok()?));
    let (entries, rest) = table.context("its relocations are in no segment")?.as_chunks::<RELA_SIZE>();
    ensure!(rest.is_empty(), "its table of relocations isn't whole");
    entries.iter().map(relocation).collect()
}

/// One entry of a RELA table: address, symbol and type, addend.
fn relocation(entry: &[u8; RELA_SIZE]) -> Result<(u32, u64)> {
    let [address, info, addend] =
        [0, 8, 16].map(|at| u64::from_le_bytes(std::array::from_fn(|index| entry[at + index])));
    ensure!(
        info == u64::from(R_X86_64_RELATIVE.0),
        "a relocation at {address:#x} isn't R_X86_64_RELATIVE: something isn't defined in it"
    );
    Ok((u32::try_from(address).context("a relocation is past 4 GiB")?, addend))
}

impl Section {
    /// `len` of its bytes at an address.
    fn bytes_at(&self, address: u64, len: usize) -> Option<&[u8]> {
        let start = usize::try_from(address.checked_sub(self.address.into())?).ok()?;
        self.bytes.get(start..start.checked_add(len)?)
    }
}

/// The word at an address, to be written.
fn word_at(sections: &mut [Section], address: u32) -> Option<&mut [u8; 8]> {
    sections.iter_mut().find_map(|section| {
        let start = usize::try_from(address.checked_sub(section.address)?).ok()?;
        section.bytes.get_mut(start..)?.first_chunk_mut()
    })
}

/// Lays the file out and writes it.
fn write(sections: &[Section], relocations: &[(u32, u64)], entry: u32) -> object::write::Result<Vec<u8>> {
    let mut file = Vec::new();
    let mut writer = Writer::new(true, ALIGNMENT, ALIGNMENT, &mut file);
    for (address, _) in relocations {
        writer.add_reloc(*address, pe::IMAGE_REL_BASED_DIR64);
    }
    writer.reserve_dos_header();
    writer.reserve_nt_headers(DATA_DIRECTORIES);
    let beside = 1 + u16::from(writer.has_relocs()); // .sbat and .reloc
    writer.reserve_section_headers(sections.len() as u16 + beside);
    let mut ranges = Vec::<SectionRange>::new();
    for section in sections {
        writer.reserve_virtual_until(section.address);
        let size = section.bytes.len() as u32;
        ranges.push(writer.reserve_section(section.name, section.flags, section.memory_size, size));
    }
    let sbat_flags = pe::IMAGE_SCN_MEM_READ | pe::IMAGE_SCN_CNT_INITIALIZED_DATA;
    let sbat_size = SBAT.len() as u32;
    let sbat = writer.reserve_section(*b".sbat\0\0\0", sbat_flags, sbat_size, sbat_size);
    if writer.has_relocs() {
        writer.reserve_reloc_section();
    }

    writer.write_empty_dos_header()?;
    writer.write_nt_headers(NtHeaders {
        machine: pe::IMAGE_FILE_MACHINE_AMD64,
        time_date_stamp: 0, // the same code makes the same file
        characteristics: pe::IMAGE_FILE_EXECUTABLE_IMAGE
            | pe::IMAGE_FILE_LARGE_ADDRESS_AWARE
            | pe::IMAGE_FILE_LINE_NUMS_STRIPPED
            | pe::IMAGE_FILE_LOCAL_SYMS_STRIPPED,
        major_linker_version: 0,
        minor_linker_version: 0,
        address_of_entry_point: entry,
        image_base: 0,
        major_operating_system_version: 0,
        minor_operating_system_version: 0,
        major_image_version: 0,
        minor_image_version: 0,
        major_subsystem_version: 0,
        minor_subsystem_version: 0,
        subsystem: pe::IMAGE_SUBSYSTEM_EFI_APPLICATION,
        dll_characteristics: pe::IMAGE_DLLCHARACTERISTICS_DYNAMIC_BASE
            | pe::IMAGE_DLLCHARACTERISTICS_NX_COMPAT,
        size_of_stack_reserve: 0,
        size_of_stack_commit: 0,
        size_of_heap_reserve: 0,
        size_of_heap_commit: 0,
    });
    writer.write_section_headers();
    for (section, range) in sections.iter().zip(&ranges) {
        writer.write_section(range.file_offset, &section.bytes);
    }
    writer.write_section(sbat.file_offset, SBAT.as_bytes());
    writer.write_reloc_section();
    Ok(file)
}
