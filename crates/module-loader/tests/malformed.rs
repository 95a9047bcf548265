//! A catalogue of malformed files: each is the good sample with one thing wrong, and trips one rule.

use std::collections::BTreeSet;

use farjump_module_loader::memory::Scratch;
use farjump_module_loader::sample::{
    ANSWER, COUNTER, DATA_SEGMENT, DYNAMIC_HEADER, GNU_HASH, HASH, HELPER, LIBRARY_NAME, NAMES, RELR,
    RELRO_HEADER, RELRO_SEGMENT, SPARE_HEADER, STACK_HEADER, Sample, TEXT_SEGMENT, address,
};
use farjump_module_loader::{LoadError, NoLibraries, Plan, Rule, limits};

type Damage = fn(&mut Sample);

/// Fields of a program header.
const TYPE: usize = 0;
const FLAGS: usize = 4;
const OFFSET: usize = 8;
const ADDRESS: usize = 16;
const FILE_SIZE: usize = 32;
const MEMORY_SIZE: usize = 40;
const ALIGN: usize = 48;

const fn header(index: usize, field: usize) -> usize {
    Sample::program_header(index) + field
}

/// Fields of a symbol.
const INFO: usize = 4;
const SECTION: usize = 6;
const VALUE: usize = 8;
const SIZE: usize = 16;

const fn symbol(index: usize, field: usize) -> usize {
    Sample::symbol(index) + field
}

/// Fields of a relocation.
const KIND: usize = 8;
const SYMBOL: usize = 12;
const ADDEND: usize = 16;

const fn relocation(index: usize, field: usize) -> usize {
    Sample::relocation(index) + field
}

/// Makes the third relocation one of another type.
fn retype(sample: &mut Sample, kind: u32) {
    sample.set_u32(relocation(2, KIND), kind);
}

/// Makes the spare program header one that is loaded, after all others.
fn add_segment(sample: &mut Sample, start: u64, memory_size: u64) {
    let at = header(SPARE_HEADER, TYPE);
    sample.set_u32(at, 1);
    sample.set_u64(at + OFFSET, start % 0x1000);
    sample.set_u64(at + ADDRESS, start);
    sample.set_u64(at + MEMORY_SIZE, memory_size);
}

/// Adds so many more program headers of this type after the end of the file.
fn add_headers(sample: &mut Sample, kind: u32, count: u16) {
    let table = sample.bytes.len();
    let present = sample.bytes[Sample::program_header(0)..Sample::program_header(8)].to_vec();
    sample.bytes.extend(present);
    for index in 0..count {
        let at = sample.bytes.len();
        sample.bytes.resize(at + 56, 0);
        sample.set_u32(at, kind);
        sample.set_u32(at + FLAGS, 4);
        sample.set_u64(at + ADDRESS, 0x10_0000 + u64::from(index) * 0x1000);
        sample.set_u64(at + MEMORY_SIZE, 8);
    }
    sample.set_u64(32, table as u64);
    sample.set_u16(56, 8 + count);
}

const HEADER: &[(&str, Damage, Rule)] = &[
    ("no byte", |s| s.bytes.clear(), Rule::Truncated),
    ("cut within the ELF header", |s| s.bytes.truncate(63), Rule::Truncated),
    ("more than 16 MiB", |s| s.bytes.resize(limits::FILE_SIZE + 1, 0), Rule::FileSize),
    ("another magic", |s| s.bytes[3] = b'f', Rule::Magic),
    ("32 bits", |s| s.bytes[4] = 1, Rule::Class),
    ("big-endian", |s| s.bytes[5] = 2, Rule::ByteOrder),
    ("version 2 in e_ident", |s| s.bytes[6] = 2, Rule::Version),
    ("version 2 in e_version", |s| s.set_u32(20, 2), Rule::Version),
    ("for FreeBSD", |s| s.bytes[7] = 9, Rule::OsAbi),
    ("for AArch64", |s| s.set_u16(18, 183), Rule::Machine),
    ("ET_EXEC", |s| s.set_u16(16, 2), Rule::Executable),
    ("ET_REL", |s| s.set_u16(16, 1), Rule::ObjectFile),
    ("ET_CORE", |s| s.set_u16(16, 4), Rule::FileType),
    ("program headers of 32 bytes", |s| s.set_u16(54, 32), Rule::ProgramHeaderSize),
    ("no program headers", |s| s.set_u16(56, 0), Rule::ProgramHeaders),
    ("more program headers than bytes", |s| s.set_u16(56, 0xFFFF), Rule::ProgramHeaders),
    ("program headers past the end", |s| s.set_u64(32, 0x1_0000), Rule::ProgramHeaders),
    ("program headers that wrap", |s| s.set_u64(32, u64::MAX - 8), Rule::ProgramHeaders),
];

const SEGMENTS: &[(&str, Damage, Rule)] = &[
    ("PT_INTERP", |s| s.set_u32(header(SPARE_HEADER, TYPE), 3), Rule::Interpreter),
    ("PT_TLS", |s| s.set_u32(header(SPARE_HEADER, TYPE), 7), Rule::Tls),
    ("an executable stack", |s| s.set_u32(header(STACK_HEADER, FLAGS), 7), Rule::ExecutableStack),
    ("nothing to load", |s| (0..4).for_each(|i| s.set_u32(header(i, TYPE), 4)), Rule::SegmentCount),
    ("17 segments", |s| add_headers(s, 1, 13), Rule::SegmentCount),
    (
        "more in the file than in memory",
        |s| s.set_u64(header(DATA_SEGMENT, MEMORY_SIZE), 8),
        Rule::SegmentFileSize,
    ),
    (
        "a segment past the file's end",
        |s| s.set_u64(header(DATA_SEGMENT, OFFSET), 0x1_0A00),
        Rule::SegmentRange,
    ),
    ("a file that was cut short", |s| s.bytes.truncate(0xA3F), Rule::SegmentRange),
    (
        "offset and size that wrap",
        |s| s.set_u64(header(TEXT_SEGMENT, OFFSET), u64::MAX - 8),
        Rule::SegmentRange,
    ),
    (
        "addresses that wrap",
        |s| s.set_u64(header(DATA_SEGMENT, ADDRESS), u64::MAX - 0x5FF),
        Rule::SegmentWraps,
    ),
    (
        "a last page that wraps",
        |s| s.set_u64(header(DATA_SEGMENT, MEMORY_SIZE), u64::MAX - 0x3A00),
        Rule::SegmentWraps,
    ),
    ("alignment 3", |s| s.set_u64(header(0, ALIGN), 3), Rule::SegmentAlignment),
    ("alignment 2 MiB", |s| s.set_u64(header(0, ALIGN), 2 << 20), Rule::SegmentAlignment),
    (
        "offset and address not congruent",
        |s| s.set_u64(header(DATA_SEGMENT, OFFSET), 0x9F8),
        Rule::SegmentCongruence,
    ),
    ("descending segments", |s| add_segment(s, 0x1000, 8), Rule::SegmentOrder),
    ("overlapping segments", |s| add_segment(s, 0x4000, 8), Rule::SegmentOverlap),
    // It doesn't descend: what is wrong is the overlap.
    ("two segments at the same address", |s| add_segment(s, 0x3A00, 8), Rule::SegmentOverlap),
    ("two segments on one page", |s| add_segment(s, 0x5800, 8), Rule::SegmentOverlap),
    ("a writable and executable segment", |s| s.set_u32(header(DATA_SEGMENT, FLAGS), 7), Rule::WriteExecute),
    ("an image of more than 16 MiB", |s| add_segment(s, 16 << 20, 1), Rule::ImageSize),
    (".bss of 1 TiB", |s| s.set_u64(header(DATA_SEGMENT, MEMORY_SIZE), 1 << 40), Rule::ImageSize),
    ("two PT_GNU_RELRO", |s| s.set_u32(header(SPARE_HEADER, TYPE), 0x6474_E552), Rule::RelroCount),
    ("PT_GNU_RELRO of code", |s| s.set_u64(header(RELRO_HEADER, ADDRESS), 0x1680), Rule::RelroRange),
    (
        "PT_GNU_RELRO past its segment",
        |s| s.set_u64(header(RELRO_HEADER, MEMORY_SIZE), 0x2000),
        Rule::RelroRange,
    ),
    ("PT_GNU_RELRO that wraps", |s| s.set_u64(header(RELRO_HEADER, MEMORY_SIZE), u64::MAX), Rule::RelroRange),
    ("PT_GNU_RELRO nowhere", |s| s.set_u64(header(RELRO_HEADER, ADDRESS), 0x9000), Rule::RelroRange),
];

const DYNAMIC: &[(&str, Damage, Rule)] = &[
    ("no PT_DYNAMIC", |s| s.set_u32(header(DYNAMIC_HEADER, TYPE), 4), Rule::DynamicCount),
    ("two PT_DYNAMIC", |s| s.set_u32(header(SPARE_HEADER, TYPE), 2), Rule::DynamicCount),
    (
        "PT_DYNAMIC outside of the segments",
        |s| s.set_u64(header(DYNAMIC_HEADER, ADDRESS), 0x9000),
        Rule::DynamicRange,
    ),
    (
        "PT_DYNAMIC past its segment",
        |s| s.set_u64(header(DYNAMIC_HEADER, FILE_SIZE), 0x400),
        Rule::DynamicRange,
    ),
    (
        "PT_DYNAMIC with another offset",
        |s| s.set_u64(header(DYNAMIC_HEADER, OFFSET), 0x6B0),
        Rule::DynamicRange,
    ),
    ("no DT_NULL", |s| s.set_u64(header(DYNAMIC_HEADER, FILE_SIZE), 22 * 16), Rule::DynamicEnd),
    ("an empty dynamic section", |s| s.set_u64(header(DYNAMIC_HEADER, FILE_SIZE), 0), Rule::DynamicEnd),
    ("two DT_STRTAB", |s| s.add_dynamic(5, address(NAMES)), Rule::DynamicDuplicate),
    ("no DT_SYMTAB", |s| s.remove_dynamic(6), Rule::DynamicMissing),
    ("no DT_STRTAB", |s| s.remove_dynamic(5), Rule::DynamicMissing),
    ("no DT_STRSZ", |s| s.remove_dynamic(10), Rule::DynamicMissing),
    ("no DT_SYMENT", |s| s.remove_dynamic(11), Rule::DynamicMissing),
    ("DT_RELA without a size", |s| s.remove_dynamic(8), Rule::DynamicMissing),
    ("a size without DT_RELR", |s| s.remove_dynamic(36), Rule::DynamicMissing),
    ("symbols of 16 bytes", |s| s.set_dynamic(11, 16), Rule::EntrySize),
    ("DT_RELAENT 12", |s| s.set_dynamic(9, 12), Rule::EntrySize),
    ("DT_RELRENT 4", |s| s.set_dynamic(37, 4), Rule::EntrySize),
    ("DT_RELA outside of the segments", |s| s.set_dynamic(7, 0x9_0000), Rule::TableRange),
    ("DT_RELA that wraps", |s| s.set_dynamic(8, u64::MAX / 24 * 24), Rule::TableRange),
    ("DT_JMPREL in .bss", |s| s.set_dynamic(23, 0x4000), Rule::TableRange),
    ("names past the segment", |s| s.set_dynamic(10, 0x1000), Rule::TableRange),
    ("half a relocation", |s| s.set_dynamic(8, 36), Rule::TableSize),
    ("half an initialiser", |s| s.set_dynamic(27, 4), Rule::TableSize),
    ("DT_REL", |s| s.add_dynamic(17, 0x400), Rule::Rel),
    ("jump slots by DT_REL", |s| s.set_dynamic(20, 17), Rule::Rel),
    ("DT_TEXTREL", |s| s.add_dynamic(22, 0), Rule::TextRelocations),
    ("DF_TEXTREL", |s| s.set_dynamic(30, 4), Rule::TextRelocations),
    ("DF_STATIC_TLS", |s| s.set_dynamic(30, 0x10), Rule::Tls),
    ("DT_TLSDESC_PLT", |s| s.add_dynamic(0x6FFF_FEF6, 0x1680), Rule::Tls),
    ("DF_1_PIE", |s| s.add_dynamic(0x6FFF_FFFB, 0x0800_0000), Rule::Pie),
    ("names of more than 4 MiB", |s| s.set_dynamic(10, (4 << 20) + 1), Rule::StringTableSize),
    // As large as may be, but not in the file.
    ("names of 4 MiB past the segment's end", |s| s.set_dynamic(10, 4 << 20), Rule::TableRange),
    ("names that don't end", |s| s.set_dynamic(10, 20), Rule::StringTableEnd),
    ("DT_NEEDED", |s| s.add_dynamic(1, LIBRARY_NAME), Rule::Needed),
    ("DT_NEEDED without a name", |s| s.add_dynamic(1, 0x1000), Rule::Name),
];

const HASH_TABLES: &[(&str, Damage, Rule)] = &[
    (
        "no hash table",
        |s| [4, 0x6FFF_FEF5].into_iter().for_each(|tag| s.remove_dynamic(tag)),
        Rule::HashMissing,
    ),
    ("DT_GNU_HASH outside of the segments", |s| s.set_dynamic(0x6FFF_FEF5, 0x9_0000), Rule::HashRange),
    ("DT_HASH outside of the segments", |s| s.set_dynamic(4, 0x9_0000), Rule::HashRange),
    ("a bloom filter past the segment", |s| s.set_u32(GNU_HASH + 8, 0x1000), Rule::HashRange),
    ("buckets past the segment", |s| s.set_u32(HASH, 0x1000), Rule::HashRange),
    ("a chain that leaves its table", |s| s.set_u32(HASH + 8, 9), Rule::HashRange),
    ("no buckets in DT_GNU_HASH", |s| s.set_u32(GNU_HASH, 0), Rule::HashHeader),
    ("no buckets in DT_HASH", |s| s.set_u32(HASH, 0), Rule::HashHeader),
    ("a bloom filter of 3 words", |s| s.set_u32(GNU_HASH + 8, 3), Rule::HashHeader),
    ("a bloom filter's shift by 32", |s| s.set_u32(GNU_HASH + 12, 32), Rule::HashHeader),
    ("a chain of DT_HASH that loops", |s| s.set_u32(HASH + 12 + 4, 3), Rule::HashLoop),
    ("a chain of DT_GNU_HASH that doesn't end", endless_chain, Rule::HashLoop),
    ("a wrong hash", |s| s.bytes[GNU_HASH + 28] ^= 4, Rule::HashLies),
    ("a bloom filter that hides a symbol", |s| s.set_u64(GNU_HASH + 16, 0), Rule::HashLies),
    ("a bucket before the first symbol", |s| s.set_u32(GNU_HASH + 24, 1), Rule::HashLies),
    ("a chain that ends early", |s| s.bytes[GNU_HASH + 28] |= 1, Rule::HashDisagreement),
    ("a symbol before the bucket", |s| s.set_u32(GNU_HASH + 24, 3), Rule::HashLies),
    ("an export that DT_HASH leaves out", |s| s.set_u32(HASH + 8, 2), Rule::HashLies),
    ("a symbol that DT_HASH doesn't count", |s| s.set_u64(HASH + 4, 2 << 32 | 3), Rule::HashDisagreement),
    ("an export that DT_GNU_HASH leaves out", |s| s.set_u32(GNU_HASH + 24, 0), Rule::HashDisagreement),
];

/// The chain's words are the segment's last, and none of them ends it.
fn endless_chain(sample: &mut Sample) {
    let start = 0x680 - 36;
    let table = sample.bytes[GNU_HASH..GNU_HASH + 36].to_vec();
    sample.put(start, &table);
    sample.bytes[start + 32] &= !1;
    sample.set_dynamic(0x6FFF_FEF5, start as u64);
    // A symbol more, called like the last one.
    let last = sample.bytes[symbol(COUNTER, 0)..symbol(COUNTER + 1, 0)].to_vec();
    sample.put(symbol(COUNTER + 1, 0), &last);
}

const SYMBOLS: &[(&str, Damage, Rule)] = &[
    ("100,000 symbols", |s| s.set_u32(HASH + 4, 100_000), Rule::SymbolCount),
    ("more symbols than bytes", |s| s.set_u32(HASH + 4, 1000), Rule::SymbolTable),
    ("DT_SYMTAB in .bss", |s| s.set_dynamic(6, 0x4000), Rule::SymbolTable),
    ("a name past the names", |s| s.set_u32(symbol(ANSWER, 0), 0x1000), Rule::Name),
    ("a name of 2 KiB", long_name, Rule::Name),
    ("a thread-local symbol", |s| s.bytes[symbol(COUNTER, INFO)] = 0x16, Rule::Tls),
    ("an ifunc", |s| s.bytes[symbol(ANSWER, INFO)] = 0x1A, Rule::Ifunc),
    ("a symbol of type 13", |s| s.bytes[symbol(ANSWER, INFO)] = 0x1D, Rule::SymbolKind),
    ("a symbol with binding 10", |s| s.bytes[symbol(ANSWER, INFO)] = 0xA2, Rule::SymbolBinding),
    ("a common symbol", |s| s.set_u16(symbol(COUNTER, SECTION), 0xFFF2), Rule::SymbolSection),
    ("a symbol outside of the segments", |s| s.set_u64(symbol(COUNTER, VALUE), 0x9_0000), Rule::SymbolRange),
    ("a symbol past its segment", |s| s.set_u64(symbol(COUNTER, SIZE), 0x1801), Rule::SymbolRange),
    ("a symbol that wraps", |s| s.set_u64(symbol(COUNTER, SIZE), u64::MAX), Rule::SymbolRange),
    ("a function in data", |s| s.set_u64(symbol(ANSWER, VALUE), 0x3A00), Rule::SymbolRange),
    ("a symbol that nothing defines", |s| s.bytes[symbol(HELPER, INFO)] = 0x10, Rule::Undefined),
];

fn long_name(sample: &mut Sample) {
    let start = sample.bytes.len() as u64 + 0x1_0000;
    sample.bytes.extend([b'a'; 2048]);
    sample.bytes.push(0);
    // The names are a segment of their own.
    let at = header(SPARE_HEADER, TYPE);
    sample.set_u32(at, 1);
    for (field, value) in
        [(OFFSET, start - 0x1_0000), (ADDRESS, start), (FILE_SIZE, 2049), (MEMORY_SIZE, 2049)]
    {
        sample.set_u64(at + field, value);
    }
    sample.set_dynamic(5, start);
    sample.set_dynamic(10, 2049);
}

const RELOCATIONS: &[(&str, Damage, Rule)] = &[
    ("R_X86_64_GOTPCREL", |s| retype(s, 9), Rule::RelocationType),
    ("relocation type 0xFFFFFFFF", |s| retype(s, u32::MAX), Rule::RelocationType),
    ("R_X86_64_COPY", |s| retype(s, 5), Rule::RelocationCopy),
    ("R_X86_64_32", |s| retype(s, 10), Rule::Relocation32),
    ("R_X86_64_32S", |s| retype(s, 11), Rule::Relocation32),
    ("R_X86_64_PC32", |s| retype(s, 2), Rule::RelocationPc32),
    ("R_X86_64_IRELATIVE", |s| retype(s, 37), Rule::Ifunc),
    ("R_X86_64_DTPMOD64", |s| retype(s, 16), Rule::Tls),
    ("R_X86_64_TPOFF64", |s| retype(s, 18), Rule::Tls),
    ("R_X86_64_TLSDESC", |s| retype(s, 36), Rule::Tls),
    ("a relocation of code", |s| s.set_u64(relocation(2, 0), 0x1680), Rule::RelocationTarget),
    ("a relocation of constants", |s| s.set_u64(relocation(2, 0), 0x300), Rule::RelocationTarget),
    (
        "a relocation across a segment's end",
        |s| s.set_u64(relocation(2, 0), 0x3A00 + 0x17F9),
        Rule::RelocationTarget,
    ),
    (
        "a relocation outside of the segments",
        |s| s.set_u64(relocation(2, 0), 0x9_0000),
        Rule::RelocationTarget,
    ),
    ("a relocation that wraps", |s| s.set_u64(relocation(2, 0), u64::MAX - 3), Rule::RelocationTarget),
    ("a symbol past the table", |s| s.set_u32(relocation(2, SYMBOL), 9), Rule::RelocationSymbol),
    ("a bitmap without an address", |s| s.set_u64(RELR, 3), Rule::RelrBitmap),
    ("descending packed relocations", |s| s.set_u64(RELR + 8, 0x3A00), Rule::RelrOrder),
    ("a packed relocation of code", |s| s.set_u64(RELR, 0x1680), Rule::RelocationTarget),
    ("a bitmap past the segment", |s| s.set_u64(RELR, 0x3A00 + 0x17F8), Rule::RelocationTarget),
];

const INITIALISERS: &[(&str, Damage, Rule)] = &[
    ("5000 initialisers", |s| s.set_dynamic(27, 5000 * 8), Rule::InitialiserCount),
    ("DT_INIT_ARRAY outside of the segments", |s| s.set_dynamic(25, 0x9_0000), Rule::InitialiserRange),
    ("DT_FINI_ARRAY past its segment", |s| s.set_dynamic(26, 0x2FFC), Rule::InitialiserRange),
    ("DT_INIT in data", |s| s.set_dynamic(12, 0x3A00), Rule::Initialiser),
    ("DT_FINI outside of the segments", |s| s.set_dynamic(13, 0x9_0000), Rule::Initialiser),
    ("an initialiser in data", |s| s.set_u64(relocation(0, ADDEND), 0x3A00), Rule::Initialiser),
    (
        "a finaliser outside of the segments",
        |s| s.set_u64(relocation(1, ADDEND), 0x9_0000),
        Rule::Initialiser,
    ),
    ("an initialiser that isn't relocated", |s| s.set_u32(relocation(0, KIND), 0), Rule::Initialiser),
];

const CATALOGUE: [&[(&str, Damage, Rule)]; 7] =
    [HEADER, SEGMENTS, DYNAMIC, HASH_TABLES, SYMBOLS, RELOCATIONS, INITIALISERS];

/// Returns the rule that a file trips, if it does.
fn verdict(file: &[u8]) -> Option<Rule> {
    let plan = match Plan::new(file, &NoLibraries) {
        Ok(plan) => plan,
        Err(error) => return Some(error.rule),
    };
    match plan.map(&mut Scratch) {
        Ok(_) => None,
        Err(LoadError::Rejected(error)) => Some(error.rule),
        Err(LoadError::Memory(never)) => match never {},
    }
}

#[test]
fn each_malformed_file_is_refused_by_its_own_rule() {
    assert_eq!(verdict(&Sample::new().bytes), None, "the sample is good");
    let mut wrong = Vec::new();
    for (what, damage, rule) in CATALOGUE.concat() {
        let mut sample = Sample::new();
        damage(&mut sample);
        let found = verdict(&sample.bytes);
        if found != Some(rule) {
            wrong.push(format!("{what}: {found:?}, not {rule:?}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn the_catalogue_has_a_file_for_every_rule_and_each_file_once() {
    let catalogue = CATALOGUE.concat();
    let rules: BTreeSet<Rule> = catalogue.iter().map(|(_, _, rule)| *rule).collect();
    let missing: Vec<_> = Rule::ALL.iter().filter(|rule| !rules.contains(rule)).collect();
    assert!(missing.is_empty(), "{missing:?}");
    let names: BTreeSet<_> = catalogue.iter().map(|(what, ..)| what).collect();
    assert_eq!(names.len(), catalogue.len());
    assert!(catalogue.len() >= 60, "{}", catalogue.len());
}

#[test]
fn every_cut_of_the_sample_is_refused() {
    let whole = Sample::new().bytes;
    for length in 0..whole.len() {
        assert!(verdict(&whole[..length]).is_some(), "{length} bytes");
    }
}

#[test]
fn every_undefined_symbol_is_named() {
    let mut sample = Sample::new();
    sample.bytes[symbol(HELPER, INFO)] = 0x10;
    sample.set_u16(symbol(COUNTER, SECTION), 0);
    sample.remove_dynamic(4);
    let error = Plan::new(&sample.bytes, &NoLibraries).unwrap_err();
    assert_eq!(error.to_string(), "undefined: symbols that nothing defines: helper, counter");
}

#[test]
fn an_error_names_rule_location_and_symbol() {
    let mut sample = Sample::new();
    retype(&mut sample, 10);
    let error = Plan::new(&sample.bytes, &NoLibraries).unwrap_err().to_string();
    assert!(error.starts_with("relocation-32: "), "{error}");
    assert!(error.ends_with(": 0xa, at address 0x28c0: answer"), "{error}");
    let segment = RELRO_SEGMENT;
    let mut sample = Sample::new();
    sample.set_u32(header(segment, FLAGS), 7);
    let error = Plan::new(&sample.bytes, &NoLibraries).unwrap_err().to_string();
    assert_eq!(error, "write-execute: a segment is writable and executable: 0x26a0, at file offset 0xb0");
}
