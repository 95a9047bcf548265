//! A kernel without what no segment maps: the loader reads no more, and a floppy has no room for debug information.

use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use object::LittleEndian;
use object::elf::{FileHeader64, PT_LOAD, PT_NOTE};
use object::read::elf::{FileHeader as _, ProgramHeader as _};

/// Where the file header says where the section headers are, and then how many.
///
/// Source: ELF-64 Object File Format, "ELF Header": e_shoff; e_shentsize, e_shnum, e_shstrndx.
const SECTION_HEADERS: [Range<usize>; 2] = [40..48, 58..64];

/// Copies the kernel to `directory`, without what the loader doesn't read.
pub(super) fn stripped_copy(kernel: &Path, directory: &Path) -> Result<PathBuf> {
    let context = || format!("{}: can't be stripped", kernel.display());
    let elf = stripped(fs::read(kernel).with_context(context)?).with_context(context)?;
    let copy = directory.join("kernel.elf");
    fs::write(&copy, elf).with_context(context)?;
    Ok(copy)
}

/// The file up to the end of its last segment, without section headers.
pub fn stripped(mut elf: Vec<u8>) -> Result<Vec<u8>> {
    let header = FileHeader64::<LittleEndian>::parse(&*elf).context("no ELF file")?;
    let segments = header.program_headers(LittleEndian, &*elf).context("no program headers")?;
    let table_end = header.e_phoff.get(LittleEndian) + size_of_val(segments) as u64;
    let ends = segments
        .iter()
        .filter(|segment| [PT_LOAD, PT_NOTE].contains(&segment.p_type(LittleEndian)))
        .map(|segment| segment.p_offset(LittleEndian).saturating_add(segment.p_filesz(LittleEndian)));
    elf.truncate(usize::try_from(ends.fold(table_end, u64::max))?);
    for range in SECTION_HEADERS {
        elf.get_mut(range).context("a file header has 64 bytes")?.fill(0);
    }
    Ok(elf)
}
