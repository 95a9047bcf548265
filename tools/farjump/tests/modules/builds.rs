//! The project's modules, built in several ways.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use farjump::build::{Module, Profile};
use farjump::workspace::Workspace;
use object::LittleEndian;
use object::elf::{
    DT_GNU_HASH, DT_HASH, DT_RELA, DT_RELR, DynamicTag, FileHeader64, PT_LOAD, R_X86_64_64,
    R_X86_64_GLOB_DAT, R_X86_64_JUMP_SLOT, RelocationType,
};
use object::read::elf::{FileHeader as _, ProgramHeader as _, SectionHeader as _};

/// A way to build a module.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Variant {
    /// As `cargo xtask module` does.
    Boot,
    /// Without optimisation, with all checks.
    Dev,
    /// `DT_RELR` instead of `R_X86_64_RELATIVE`.
    PackedRelocations,
    /// `DT_HASH` alone.
    HashSysv,
    /// `DT_GNU_HASH` alone.
    HashGnu,
    /// Both.
    HashBoth,
    /// Its own symbols may be another library's: `R_X86_64_64`, `GLOB_DAT` and `JUMP_SLOT`.
    NotSymbolic,
}

/// A module's file.
#[derive(Debug)]
pub(crate) struct Build {
    pub(crate) path: PathBuf,
    pub(crate) bytes: Vec<u8>,
    variant: Variant,
}

/// Relocations that refer to symbols.
const SYMBOLIC: [RelocationType; 3] = [R_X86_64_64, R_X86_64_GLOB_DAT, R_X86_64_JUMP_SLOT];

/// Cargo builds one thing after the other anyway.
static BUILDING: Mutex<()> = Mutex::new(());

impl Variant {
    pub(crate) const ALL: [Self; 7] = [
        Self::Boot,
        Self::Dev,
        Self::PackedRelocations,
        Self::HashSysv,
        Self::HashGnu,
        Self::HashBoth,
        Self::NotSymbolic,
    ];

    fn link_args(self) -> &'static [&'static str] {
        match self {
            Self::Boot | Self::Dev => &[],
            Self::PackedRelocations => &["-z", "pack-relative-relocs"],
            Self::HashSysv => &["--hash-style=sysv"],
            Self::HashGnu => &["--hash-style=gnu"],
            Self::HashBoth => &["--hash-style=both"],
            Self::NotSymbolic => &["-Bno-symbolic"],
        }
    }
}

impl Build {
    /// Good modules, to be damaged.
    pub(crate) const GOOD: [(&'static str, Variant); 5] = [
        ("greeter", Variant::Boot),
        ("calculator", Variant::Boot),
        ("calculator", Variant::PackedRelocations),
        ("calculator", Variant::NotSymbolic),
        ("calculator", Variant::HashSysv),
    ];

    /// Builds the project's module `package`.
    pub(crate) fn new(package: &str, variant: Variant) -> Self {
        let _one_at_a_time = BUILDING.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap().to_owned();
        let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{variant:?}"));
        let module = Module {
            profile: if variant == Variant::Dev { Profile::Dev } else { Profile::Boot },
            link_args: variant.link_args().iter().map(|arg| (*arg).to_owned()).collect(),
            offline: true,
            ..Module::new(&root.join("Cargo.toml"), package)
        };
        let path = module.build(&Workspace { root, target }).unwrap().path;
        Self { bytes: fs::read(&path).unwrap(), path, variant }
    }

    /// Whether the linker has done what the variant is about.
    pub(crate) fn has_what_its_variant_says(&self) -> bool {
        let has = |tag| dynamic_tags(&self.bytes).contains(&tag);
        match self.variant {
            Variant::Boot | Variant::Dev => has(DT_RELA),
            Variant::PackedRelocations => has(DT_RELR),
            Variant::HashSysv => has(DT_HASH) && !has(DT_GNU_HASH),
            Variant::HashGnu => !has(DT_HASH) && has(DT_GNU_HASH),
            Variant::HashBoth => has(DT_HASH) && has(DT_GNU_HASH),
            Variant::NotSymbolic => relocation_types(&self.bytes).iter().any(|kind| SYMBOLIC.contains(kind)),
        }
    }
}

fn header(bytes: &[u8]) -> &FileHeader64<LittleEndian> {
    FileHeader64::parse(bytes).unwrap()
}

fn dynamic_tags(bytes: &[u8]) -> Vec<DynamicTag> {
    let headers = header(bytes).program_headers(LittleEndian, bytes).unwrap();
    let entries = headers.iter().find_map(|header| header.dynamic(LittleEndian, bytes).unwrap()).unwrap();
    entries.iter().map(|entry| entry.d_tag.get(LittleEndian)).collect()
}

/// The types of the relocations in `.rela.dyn` and `.rela.plt`.
fn relocation_types(bytes: &[u8]) -> Vec<RelocationType> {
    let sections = header(bytes).sections(LittleEndian, bytes).unwrap();
    let tables = sections.iter().filter_map(|section| section.rela(LittleEndian, bytes).unwrap());
    tables.flat_map(|(table, _)| table.iter().map(|entry| entry.r_type(LittleEndian, false))).collect()
}

/// The file up to its last segment's end, and no word of sections in its header.
pub(crate) fn without_sections(bytes: &[u8]) -> Vec<u8> {
    let headers = header(bytes).program_headers(LittleEndian, bytes).unwrap();
    let loaded = headers.iter().filter(|header| header.p_type(LittleEndian) == PT_LOAD);
    let end =
        loaded.map(|header| header.p_offset(LittleEndian) + header.p_filesz(LittleEndian)).max().unwrap();
    let mut stripped = bytes[..usize::try_from(end).unwrap()].to_vec();
    stripped[40..48].fill(0); // e_shoff
    stripped[58..64].fill(0); // e_shentsize, e_shnum, e_shstrndx
    stripped
}
