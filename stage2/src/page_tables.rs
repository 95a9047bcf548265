//! The kernel's page tables, built in frames that the memory map gives.
//!
//! ```text
//! trampoline page          4 KiB, executable, at its physical address
//! segments                 4 KiB pages, as the ELF file says, never both writable and executable
//! stack                    4 KiB pages, writable; nothing is mapped below
//! physical memory          writable; which parts, by which pages: `farjump_loader::physical_mapping`
//! ```

use core::ops::Range;

use farjump_api::{CpuFeatures, MemoryKind, SegmentFlags};
use farjump_loader::PAGE_SIZE;
use farjump_loader::memory_map::{MapError, MemoryMap};
use farjump_loader::physical_mapping::{GIB_PAGE_SIZE, LARGE_PAGE_SIZE, piece_from};
use x86_64::structures::paging::PageTableFlags as Flags;

use crate::memory::{self, to_usize};
use crate::physical_memory::allocate;

/// Entries of a table.
const ENTRIES: usize = 512;

/// A table of any level. Its entries are an address, which ends in twelve zero bits, and flags.
type Table = [u64; ENTRIES];

/// Of an entry: the address. Source: Intel SDM vol. 3A, "4-Level Paging".
const ADDRESS: u64 = 0x000F_FFFF_FFFF_F000;

/// Bytes that one entry of a table maps, by the table's level.
const BYTES_PER_ENTRY: [u64; 4] = [PAGE_SIZE, LARGE_PAGE_SIZE, GIB_PAGE_SIZE, 512 * GIB_PAGE_SIZE];

/// Frames that are taken from the memory map at once.
const POOL_FRAMES: u64 = 16;

/// Page tables under construction.
pub(crate) struct PageTables {
    pml4: u64,
    features: CpuFeatures,
    /// Frames that have been taken and not yet used.
    pool: Range<u64>,
}

impl PageTables {
    /// Tables that map nothing.
    pub(crate) fn new(map: &mut MemoryMap, features: CpuFeatures) -> Result<Self, MapError> {
        let mut tables = Self { pml4: 0, features, pool: 0..0 };
        tables.pml4 = tables.new_table(map)?;
        Ok(tables)
    }

    /// Physical address of the PML4.
    pub(crate) fn root(&self) -> u64 {
        self.pml4
    }

    /// Maps whole 4 KiB pages to contiguous frames.
    pub(crate) fn map_pages(
        &mut self,
        map: &mut MemoryMap,
        pages: Range<u64>,
        physical: u64,
        flags: SegmentFlags,
    ) -> Result<(), MapError> {
        let mut entry_flags = Flags::PRESENT;
        entry_flags.set(Flags::WRITABLE, flags.contains(SegmentFlags::WRITE));
        if !flags.contains(SegmentFlags::EXECUTE) {
            entry_flags |= self.no_execute();
        }
        self.map(map, pages, physical, 0, entry_flags)
    }

    /// Maps physical memory at `offset`, which is whole GiBs: the first 4 GiB, and the RAM above. Nothing in it can be
    /// executed.
    pub(crate) fn map_physical_memory(&mut self, map: &mut MemoryMap, offset: u64) -> Result<(), MapError> {
        let small = Flags::PRESENT | Flags::WRITABLE | self.no_execute();
        let has_gib_pages = self.features.contains(CpuFeatures::GIB_PAGES);
        let mut start = 0;
        while let Some(piece) = piece_from(map, start, has_gib_pages) {
            let (level, flags) = match piece.page_size {
                GIB_PAGE_SIZE => (2, small | Flags::HUGE_PAGE),
                LARGE_PAGE_SIZE => (1, small | Flags::HUGE_PAGE),
                _ => (0, small),
            };
            start = piece.range.end;
            self.map(map, offset + piece.range.start..offset + start, piece.range.start, level, flags)?;
        }
        Ok(())
    }

    /// Fills entries of tables of `level` (0: page table, 1: page directory, 2: PDPT).
    fn map(
        &mut self,
        map: &mut MemoryMap,
        pages: Range<u64>,
        physical: u64,
        level: usize,
        flags: Flags,
    ) -> Result<(), MapError> {
        let step = BYTES_PER_ENTRY[level];
        let mut address = pages.start;
        let mut physical = physical;
        while address < pages.end {
            let table = self.table(map, address, level)?;
            let first = entry_index(address, level);
            let count = (pages.end - address).div_ceil(step).min((ENTRIES - first) as u64);
            for entry in &mut table[first..first + to_usize(count)] {
                *entry = physical | flags.bits();
                physical += step;
            }
            // The last entry of the address space ends at 2^64.
            let Some(next) = address.checked_add(count * step) else { break };
            address = next;
        }
        Ok(())
    }

    /// The table of `level` that holds the entry for `address`; tables above it are made as needed.
    fn table(
        &mut self,
        map: &mut MemoryMap,
        address: u64,
        level: usize,
    ) -> Result<&'static mut Table, MapError> {
        // SAFETY: our own PML4; references to tables end before the next is made.
        let mut table = unsafe { table_at(self.pml4) };
        for above in (level + 1..=3).rev() {
            let entry = &mut table[entry_index(address, above)];
            if *entry == 0 {
                *entry = self.new_table(map)? | (Flags::PRESENT | Flags::WRITABLE).bits();
            }
            // SAFETY: entries above the lowest level that is asked for point to our own tables alone.
            table = unsafe { table_at(*entry & ADDRESS) };
        }
        Ok(table)
    }

    fn new_table(&mut self, map: &mut MemoryMap) -> Result<u64, MapError> {
        if self.pool.is_empty() {
            let frames = allocate(map, POOL_FRAMES * PAGE_SIZE, MemoryKind::KERNEL)?;
            self.pool = frames.start()..frames.start() + frames.len_bytes();
        }
        let frame = self.pool.start;
        self.pool.start += PAGE_SIZE;
        // SAFETY: just taken from the pool, and in no table yet.
        unsafe { table_at(frame) }.fill(0);
        Ok(frame)
    }

    fn no_execute(&self) -> Flags {
        if self.features.contains(CpuFeatures::NO_EXECUTE) { Flags::NO_EXECUTE } else { Flags::empty() }
    }
}

/// Index of the entry for `address` in a table of `level`.
const fn entry_index(address: u64, level: usize) -> usize {
    to_usize(address / BYTES_PER_ENTRY[level]) % ENTRIES
}

/// The table in a frame.
///
/// # Safety
/// The frame has been taken for a table of these, and no other reference to it lives.
unsafe fn table_at(frame: u64) -> &'static mut Table {
    // SAFETY: as the caller promises.
    unsafe { &mut memory::slice_mut(frame, 1)[0] }
}
