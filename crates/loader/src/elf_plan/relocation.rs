//! Relocates a position-independent kernel in the memory that it was loaded to.
//!
//! A statically linked kernel needs only one type of relocation: the load bias plus an addend. All other types are errors:
//! they need symbols, and so a dynamic linker, which the loader isn't.
//!
//! Source: System V ABI, "Dynamic Section"; AMD64 supplement, "Relocation Types".

use core::ops::Range;

use elf::abi::{
    DT_NEEDED, DT_NULL, DT_PLTRELSZ, DT_REL, DT_RELA, DT_RELAENT, DT_RELASZ, R_X86_64_NONE, R_X86_64_RELATIVE,
};

use super::{ElfError, KernelPlan, RelocationError};

/// Table of packed relative relocations. Source: generic ABI, "Relative Relocation Table".
const DT_RELR: i64 = 36;

/// Bytes of an `Elf64_Dyn`.
const DYNAMIC_ENTRY_SIZE: usize = 16;

/// Bytes of an `Elf64_Rela`.
const RELA_SIZE: usize = 24;

/// The kernel's loaded segments, by virtual address.
pub trait KernelMemory {
    /// The `N` little-endian words of 8 bytes at `virtual_address`, which may be unaligned. `None`: not
    /// all of them are in one loaded segment.
    fn read_words<const N: usize>(&self, virtual_address: u64) -> Option<[u64; N]>;

    /// Writes 8 bytes, little-endian, at `virtual_address`, which may be unaligned. `None`: they aren't
    /// all in one loaded segment, and nothing was written.
    fn write_u64(&mut self, virtual_address: u64, value: u64) -> Option<()>;
}

/// Applies the relocations of a kernel that was loaded according to `plan`, and returns their number.
///
/// # Errors
/// A table that isn't in loaded memory, or a kind of relocation that needs a dynamic linker.
pub fn relocate(plan: &KernelPlan<'_>, memory: &mut impl KernelMemory) -> Result<usize, ElfError> {
    let Some(dynamic) = plan.dynamic() else { return Ok(0) };
    let load_bias = plan.load_bias();
    let table = RelocationTable::find(dynamic, memory)?.range(load_bias)?;
    let mut count = 0;
    for address in table.step_by(RELA_SIZE) {
        let unloaded = RelocationError::NotLoaded(address);
        let [offset, info, addend] = memory.read_words(address).ok_or(unloaded)?;
        let target = offset.wrapping_add(load_bias);
        match info.to_le_bytes() {
            [a, b, c, d, ..] if u32::from_le_bytes([a, b, c, d]) == R_X86_64_RELATIVE => {
                let value = addend.wrapping_add(load_bias);
                memory.write_u64(target, value).ok_or(RelocationError::NotLoaded(target))?;
                count += 1;
            }
            [a, b, c, d, ..] => match u32::from_le_bytes([a, b, c, d]) {
                R_X86_64_NONE => {}
                kind => return Err(RelocationError::Type { kind, offset }.into()),
            },
        }
    }
    Ok(count)
}

/// The entries of the dynamic section about the `Elf64_Rela` table.
#[derive(Default)]
struct RelocationTable {
    /// Not yet moved by the load bias.
    address: Option<u64>,
    size: u64,
    entry_size: u64,
}

impl RelocationTable {
    /// Returns the table that the dynamic section at `dynamic` names. Any other relocation table is an error.
    fn find(dynamic: Range<u64>, memory: &impl KernelMemory) -> Result<Self, RelocationError> {
        let mut table = Self::default();
        for address in dynamic.step_by(DYNAMIC_ENTRY_SIZE) {
            let [tag, value] = memory.read_words(address).ok_or(RelocationError::NotLoaded(address))?;
            match tag.cast_signed() {
                DT_NULL => break,
                DT_RELA => table.address = Some(value),
                DT_RELASZ => table.size = value,
                DT_RELAENT => table.entry_size = value,
                DT_NEEDED => return Err(RelocationError::NeedsLibrary),
                DT_RELR => return Err(RelocationError::Packed),
                DT_REL => return Err(RelocationError::WithoutAddend),
                DT_PLTRELSZ if value > 0 => return Err(RelocationError::Lazy(value)),
                _ => {}
            }
        }
        Ok(table)
    }

    /// Returns the virtual addresses of the table; empty if there is none.
    fn range(&self, load_bias: u64) -> Result<Range<u64>, RelocationError> {
        let Self { address, size, entry_size } = *self;
        let damaged = RelocationError::Table { size, entry_size };
        let Some(address) = address else { return if size == 0 { Ok(0..0) } else { Err(damaged) } };
        if size == 0 {
            return Ok(0..0);
        }
        if entry_size != RELA_SIZE as u64 || !size.is_multiple_of(RELA_SIZE as u64) {
            return Err(damaged);
        }
        let start = address.wrapping_add(load_bias);
        Ok(start..start.checked_add(size).ok_or(damaged)?)
    }
}
