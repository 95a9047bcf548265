//! Relocation in memory that is a vector.

use super::*;
use elf::abi::{
    DT_JMPREL, DT_NEEDED, DT_NULL, DT_PLTRELSZ, DT_REL, DT_RELA, DT_RELAENT, DT_RELASZ, R_X86_64_GLOB_DAT,
    R_X86_64_RELATIVE,
};

/// Where the kernel is loaded that the file has at zero.
const BASE: u64 = 0xFFFF_FFFF_8000_0000;

/// The kernel's only segment, from [`BASE`] on.
struct Memory(Vec<u8>);

impl Memory {
    fn place(&self, virtual_address: u64, size: usize) -> Option<std::ops::Range<usize>> {
        let start = usize::try_from(virtual_address.checked_sub(BASE)?).ok()?;
        let end = start.checked_add(size)?;
        (end <= self.0.len()).then_some(start..end)
    }

    fn put(&mut self, address: u64, words: &[u64]) {
        let place = self.place(address + BASE, words.len() * 8).unwrap();
        self.0[place].copy_from_slice(&words.iter().flat_map(|word| word.to_le_bytes()).collect::<Vec<_>>());
    }
}

impl KernelMemory for Memory {
    fn read_words<const N: usize>(&self, virtual_address: u64) -> Option<[u64; N]> {
        let place = self.place(virtual_address, N * 8)?;
        let words: Vec<_> =
            self.0[place].chunks(8).map(|word| u64::from_le_bytes(word.try_into().unwrap())).collect();
        words.try_into().ok()
    }

    fn write_u64(&mut self, virtual_address: u64, value: u64) -> Option<()> {
        let place = self.place(virtual_address, 8)?;
        self.0[place].copy_from_slice(&value.to_le_bytes());
        Some(())
    }
}

/// A kernel with its dynamic section at 0x100.
fn kernel() -> Vec<u8> {
    let dynamic = Header { kind: PT_DYNAMIC, ..Header::load(0x100, 0x100, PF_R) };
    elf(ET_DYN, 0, &[dynamic, Header::load(0, 0x1000, PF_R | PF_X)])
}

/// Relocates the kernel with this dynamic section, and this table at 0x200.
fn relocated(dynamic: &[(i64, u64)], table: &[[u64; 3]]) -> (Result<usize, ElfError>, Memory) {
    let bytes = kernel();
    let mut memory = Memory(vec![0; 0x1000]);
    let words: Vec<u64> = dynamic.iter().flat_map(|(tag, value)| [tag.cast_unsigned(), *value]).collect();
    memory.put(0x100, &words);
    memory.put(0x200, table.as_flattened());
    (relocate(&plan(&bytes).unwrap(), &mut memory), memory)
}

/// A dynamic section for a table of so many entries at 0x200.
fn dynamic(entries: u64) -> Vec<(i64, u64)> {
    vec![(DT_RELA, 0x200), (DT_RELASZ, entries * 24), (DT_RELAENT, 24), (DT_NULL, 0), (DT_NEEDED, 1)]
}

const RELATIVE: u64 = R_X86_64_RELATIVE as u64;

#[test]
fn relative_relocations_put_bias_plus_addend_where_they_say() {
    let negative = (-8i64).cast_unsigned();
    let table = [[0x800, RELATIVE, 0x10], [0x80C, RELATIVE, negative], [0, 0, 0]];
    let (verdict, memory) = relocated(&dynamic(3), &table);
    assert_eq!(verdict, Ok(2));
    assert_eq!(memory.read_words(BASE + 0x800), Some([BASE + 0x10]));
    assert_eq!(memory.read_words(BASE + 0x80C), Some([BASE - 8]));
    assert_eq!(memory.0[0x808..0x80C], [0; 4]);
}

#[test]
fn a_kernel_without_relocations_needs_none() {
    assert_eq!(relocated(&[], &[]).0, Ok(0));
    let no_dynamic = elf(ET_EXEC, HIGH, &[Header::load(HIGH, 8, PF_X)]);
    assert_eq!(relocate(&plan(&no_dynamic).unwrap(), &mut Memory(vec![])), Ok(0));
}

#[test]
fn relocations_that_need_a_symbol_are_refused_by_type_and_place() {
    let symbol = 5u64 << 32 | u64::from(R_X86_64_GLOB_DAT);
    let (verdict, _) = relocated(&dynamic(1), &[[0x808, symbol, 0]]);
    assert_eq!(verdict, Err(RelocationError::Type { kind: 6, offset: 0x808 }.into()));
}

#[test]
fn tables_of_other_kinds_are_refused_by_name() {
    let verdict = |tag, value| relocated(&[(tag, value)], &[]).0;
    assert_eq!(verdict(DT_NEEDED, 1), Err(RelocationError::NeedsLibrary.into()));
    assert_eq!(verdict(DT_REL, 0x200), Err(RelocationError::WithoutAddend.into()));
    assert_eq!(verdict(36, 0x200), Err(RelocationError::Packed.into()));
    assert_eq!(verdict(DT_PLTRELSZ, 24), Err(RelocationError::Lazy(24).into()));
    assert_eq!(verdict(DT_PLTRELSZ, 0), Ok(0));
    assert_eq!(verdict(DT_JMPREL, 0x200), Ok(0), "without entries it asks for nothing");
}

#[test]
fn a_table_with_a_partial_entry_or_outside_the_segments_is_rejected() {
    let (partial, _) = relocated(&[(DT_RELA, 0x200), (DT_RELASZ, 25), (DT_RELAENT, 24)], &[]);
    assert_eq!(partial, Err(RelocationError::Table { size: 25, entry_size: 24 }.into()));
    let (no_entry_size, _) = relocated(&[(DT_RELA, 0x200), (DT_RELASZ, 24)], &[]);
    assert_eq!(no_entry_size, Err(RelocationError::Table { size: 24, entry_size: 0 }.into()));
    let (no_address, _) = relocated(&[(DT_RELASZ, 24), (DT_RELAENT, 24)], &[]);
    assert_eq!(no_address, Err(RelocationError::Table { size: 24, entry_size: 24 }.into()));
    let (outside, _) = relocated(&[(DT_RELA, 0x1000), (DT_RELASZ, 24), (DT_RELAENT, 24)], &[]);
    assert_eq!(outside, Err(RelocationError::NotLoaded(BASE + 0x1000).into()));
    let (target_outside, _) = relocated(&dynamic(1), &[[0xFF9, RELATIVE, 0]]);
    assert_eq!(target_outside, Err(RelocationError::NotLoaded(BASE + 0xFF9).into()));
    let (endless, _) = relocated(&[(DT_RELA, 0x200), (DT_RELASZ, u64::MAX / 24 * 24), (DT_RELAENT, 24)], &[]);
    assert!(endless.is_err());
}
