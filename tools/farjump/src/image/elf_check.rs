//! Whether a file is a kernel that the loader can load, asked before an image is made of it.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, anyhow, bail};
use farjump_api::virtual_memory::{KERNEL_STACK_AREA, KERNEL_STACK_TOP};
use farjump_loader::elf_plan::{ElfError, KernelHeader, KernelPlan, ReservedRange};
use object::LittleEndian;
use object::elf::{ELFCLASS64, ELFDATA2LSB, ELFMAG, EM_X86_64, ET_DYN, ET_EXEC, FileHeader64};
use object::read::elf::FileHeader as _;

/// Refuses what isn't an ELF64 executable for x86-64, and says what it is instead; then whatever the loader
/// would refuse, in the loader's words.
pub(super) fn check(path: &Path) -> Result<()> {
    let file = fs::read(path).with_context(|| format!("{}: can't read it", path.display()))?;
    if let Err(reason) = check_header(&file) {
        bail!("{}: {reason}", path.display());
    }
    let plan = check_plan(&file).and_then(|plan| plan.check_reserved(&[stack(), null_page()]));
    plan.map_err(|reason| anyhow!("{}: {reason}", path.display()))
}

/// The plan that the loader would make.
fn check_plan(file: &[u8]) -> Result<KernelPlan<'_>, ElfError> {
    let size = file.len() as u64;
    let header = KernelHeader::parse(file, size)?;
    let table = header.program_headers();
    let table = usize::try_from(table.start).ok().and_then(|start| file.get(start..)).unwrap_or_default();
    KernelPlan::new(&header, table, size)
}

fn stack() -> ReservedRange {
    ReservedRange { name: "the stack", range: KERNEL_STACK_AREA..KERNEL_STACK_TOP }
}

fn null_page() -> ReservedRange {
    ReservedRange { name: "the null page", range: 0..farjump_loader::PAGE_SIZE }
}

fn check_header(start: &[u8]) -> Result<(), String> {
    if !start.starts_with(&ELFMAG) {
        return Err(format!(
            "not an ELF file: it begins with {}; pass the kernel that cargo built, not a flat binary, \
             a compressed kernel or an image",
            beginning(start)
        ));
    }
    if start.get(4).is_some_and(|class| *class != ELFCLASS64.0) {
        return Err("a 32-bit ELF file; the loader starts 64-bit kernels".to_owned());
    }
    if start.get(5).is_some_and(|data| *data != ELFDATA2LSB.0) {
        return Err("a big-endian ELF file; build it for x86-64".to_owned());
    }
    let endian = LittleEndian;
    let header = FileHeader64::<LittleEndian>::parse(start)
        .map_err(|_| "cut off within its ELF header; build it again".to_owned())?;
    if header.e_machine(endian) != EM_X86_64 {
        return Err(format!(
            "built for another machine (ELF number {}), not for x86-64",
            header.e_machine(endian).0
        ));
    }
    if ![ET_EXEC, ET_DYN].contains(&header.e_type(endian)) {
        return Err("an object file, not an executable; pass what the linker made of it".to_owned());
    }
    Ok(())
}

/// The first bytes, as text where they are text.
fn beginning(start: &[u8]) -> String {
    let first = &start[..start.len().min(4)];
    let is_text = first.iter().all(|byte| byte.is_ascii_graphic() || byte.is_ascii_whitespace());
    match first {
        [] => "no byte at all".to_owned(),
        text if is_text => format!("{:?}", String::from_utf8_lossy(text)),
        bytes => format!("{bytes:02x?}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An ELF header: 64 bits, little-endian, ET_EXEC, x86-64.
    fn header() -> Vec<u8> {
        let mut header = vec![0; 64];
        header[..7].copy_from_slice(&[0x7F, b'E', b'L', b'F', 2, 1, 1]);
        header[16] = 2;
        header[18] = 62;
        header[20] = 1;
        header
    }

    fn rejection(position: usize, byte: u8) -> String {
        let mut header = header();
        header[position] = byte;
        check_header(&header).unwrap_err()
    }

    #[test]
    fn an_executable_for_x86_64_passes_fixed_or_position_independent() {
        assert_eq!(check_header(&header()), Ok(()));
        let mut pie = header();
        pie[16] = 3;
        assert_eq!(check_header(&pie), Ok(()));
    }

    #[test]
    fn what_the_loader_would_refuse_is_refused_in_its_words() {
        let mut file = header();
        file[32] = 64;
        file[54] = 56;
        file[56] = 1;
        file.extend([1, 0, 0, 0, 7, 0, 0, 0]);
        file.extend([0, 0x10_0000, 0x10_0000, 10, 10, 0x1000].map(u64::to_le_bytes).concat());
        let reason = check_plan(&file).unwrap_err().to_string();
        assert!(reason.contains("may be written and executed"), "{reason}");
    }

    #[test]
    fn what_is_no_elf_file_is_shown_by_its_first_bytes() {
        assert!(check_header(b"#!/bin/sh").unwrap_err().contains("it begins with \"#!/b\""));
        assert!(check_header(&[0xEB, 0x3C, 0x90, 0]).unwrap_err().contains("[eb, 3c, 90, 00]"));
        assert!(check_header(b"hi").unwrap_err().contains("\"hi\""));
        assert!(check_header(b"").unwrap_err().contains("no byte at all"));
    }

    #[test]
    fn an_elf_file_of_another_kind_is_named_for_what_it_is() {
        assert!(rejection(4, 1).starts_with("a 32-bit ELF file"));
        assert!(rejection(5, 2).starts_with("a big-endian ELF file"));
        assert!(rejection(18, 183).contains("ELF number 183"));
        assert!(rejection(16, 1).starts_with("an object file"));
        assert!(check_header(&header()[..20]).unwrap_err().starts_with("cut off"));
    }
}
