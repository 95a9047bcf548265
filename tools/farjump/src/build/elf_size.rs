//! How large an ELF file is: by section kind, in memory, on the disk.

use anyhow::{Context as _, Result};
use object::read::elf::ElfFile64;
use object::{Object as _, ObjectSection as _, ObjectSegment as _, ObjectSymbol as _, SectionFlags, elf};

/// Bytes of an ELF file's sections that are in memory when it runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct SectionSizes {
    /// Code.
    pub(crate) text: u64,
    /// What is only read.
    pub(crate) rodata: u64,
    /// What is written and has a first value.
    pub(crate) data: u64,
    /// What is written and starts as zero: in memory only.
    pub(crate) bss: u64,
}

impl SectionSizes {
    /// The sizes in the ELF file `bytes`.
    pub(crate) fn of(bytes: &[u8]) -> Result<Self> {
        let mut sizes = Self::default();
        for section in ElfFile64::<object::LittleEndian>::parse(bytes)?.sections() {
            let SectionFlags::Elf { sh_flags, .. } = section.flags() else { continue };
            let has = |flag: elf::SectionFlags| sh_flags.0 & flag.0 != 0;
            let in_file = section.file_range().is_some();
            let kind = match () {
                () if !has(elf::SHF_ALLOC) => continue,
                () if has(elf::SHF_EXECINSTR) => &mut sizes.text,
                () if !in_file => &mut sizes.bss,
                () if has(elf::SHF_WRITE) => &mut sizes.data,
                () => &mut sizes.rodata,
            };
            *kind += section.size();
        }
        Ok(sizes)
    }
}

/// What PT_LOAD says of an ELF file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LoadedSize {
    /// Bytes that a loader reads.
    pub(crate) file: u64,
    /// Bytes that they take in memory, `.bss` included.
    pub(crate) memory: u64,
}

impl LoadedSize {
    /// The sizes in the ELF file `bytes`.
    pub(crate) fn of(bytes: &[u8]) -> Result<Self> {
        let elf = ElfFile64::<object::LittleEndian>::parse(bytes)?;
        Ok(Self {
            file: elf.segments().map(|segment| segment.file_range().1).sum(),
            memory: elf.segments().map(|segment| segment.size()).sum(),
        })
    }
}

/// The value of the symbol `name`, which a linker script defines.
pub(super) fn symbol(bytes: &[u8], name: &str) -> Result<u64> {
    let elf = ElfFile64::<object::LittleEndian>::parse(bytes)?;
    let symbol = elf.symbols().find(|symbol| symbol.name() == Ok(name));
    Ok(symbol.with_context(|| format!("the linker script defines no `{name}`"))?.address())
}
