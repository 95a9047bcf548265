//! The kernel's page tables, in one run of frames.
//!
//! ```text
//! trampoline page          4 KiB, executable, at its physical address
//! segments                 4 KiB pages, as the ELF file says, never both writable and executable
//! stack                    4 KiB pages, writable; nothing is mapped below
//! physical memory          writable; which parts, by which pages: `physical_mapping`
//! ```
//!
//! What is to be mapped is known before the first table is made, and so is the number of tables: [`build`] goes through
//! the mappings twice.

use core::ops::Range;

use farjump_api::{CpuFeatures, MemoryKind, SegmentFlags};
use farjump_x86::paging::{ADDRESS, ENTRIES};
use x86_64::structures::paging::PageTableFlags as Flags;

use crate::PAGE_SIZE;
use crate::memory_map::{MapError, MemoryMap};
use crate::physical_mapping::{Extent, GIB_PAGE_SIZE, LARGE_PAGE_SIZE, extent_from};
use crate::platform::{Memory, to_usize};

/// Bytes of an entry: an address, which ends in twelve zero bits, and flags.
const ENTRY_SIZE: usize = size_of::<u64>();

/// Level of the PML4; page tables have level 0.
const TOP_LEVEL: usize = 3;

/// Bytes that one entry of a table maps, by the table's level.
const BYTES_PER_ENTRY: [u64; TOP_LEVEL + 1] =
    [PAGE_SIZE, LARGE_PAGE_SIZE, GIB_PAGE_SIZE, 512 * GIB_PAGE_SIZE];

/// Whole pages, and the contiguous frames that they are mapped to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mapping {
    /// Virtual addresses.
    pages: Range<u64>,
    /// Physical address of the first frame.
    physical: u64,
    /// Level of the tables whose entries map the pages.
    level: usize,
    flags: SegmentFlags,
}

impl Mapping {
    /// 4 KiB pages.
    pub(super) const fn of_pages(pages: Range<u64>, physical: u64, flags: SegmentFlags) -> Self {
        Self { pages, physical, level: 0, flags }
    }
}

/// Mappings of physical memory at `offset`, which is whole GiBs. Nothing in it can be executed.
fn physical_memory(
    map: &MemoryMap,
    offset: u64,
    features: CpuFeatures,
) -> impl Iterator<Item = Mapping> + '_ {
    let has_gib_pages = features.contains(CpuFeatures::GIB_PAGES);
    let first = extent_from(map, 0, has_gib_pages);
    let extents =
        core::iter::successors(first, move |extent| extent_from(map, extent.range.end, has_gib_pages));
    extents.map(move |Extent { range, page_size }| Mapping {
        pages: offset + range.start..offset + range.end,
        physical: range.start,
        level: match page_size {
            GIB_PAGE_SIZE => 2,
            LARGE_PAGE_SIZE => 1,
            _ => 0,
        },
        flags: SegmentFlags::READ | SegmentFlags::WRITE,
    })
}

/// Makes tables for `mappings` and for physical memory at `offset`, and returns the physical address of the PML4.
pub(super) fn build<'m>(
    memory: &mut impl Memory<'m>,
    features: CpuFeatures,
    mappings: impl Iterator<Item = Mapping> + Clone,
    offset: u64,
) -> Result<u64, MapError> {
    let count = table_count(mappings.clone().chain(physical_memory(memory.map(), offset, features)));
    let frames = memory.allocate(count * PAGE_SIZE, MemoryKind::KERNEL)?;
    let root = frames.start();
    let bytes = frames.into_bytes();
    bytes.fill(0);
    let mut tables = PageTables { tables: bytes, root, used: 1, features };
    // Taking the frames has changed no RAM into something else: the same mappings as before.
    mappings.chain(physical_memory(memory.map(), offset, features)).for_each(|mapping| tables.map(&mapping));
    Ok(root)
}

/// The PML4, and the tables that the mappings need below it: where they don't ascend, some may be counted twice.
fn table_count(mappings: impl Iterator<Item = Mapping>) -> u64 {
    let mut count = 1;
    // By level, the table that was counted last.
    let mut last = [None; TOP_LEVEL];
    for Mapping { pages, level, .. } in mappings.filter(|mapping| !mapping.pages.is_empty()) {
        for level in level..TOP_LEVEL {
            let covered = BYTES_PER_ENTRY[level + 1];
            let (first, end) = (pages.start / covered, (pages.end - 1) / covered);
            count += end - first + u64::from(last[level] != Some(first));
            last[level] = Some(end);
        }
    }
    count
}

/// Page tables under construction.
struct PageTables<'m> {
    /// All tables; the first one is the PML4.
    tables: &'m mut [u8],
    /// Physical address of the first one.
    root: u64,
    /// Tables that are in use.
    used: usize,
    features: CpuFeatures,
}

impl PageTables<'_> {
    /// Fills the entries of a mapping.
    fn map(&mut self, mapping: &Mapping) {
        let Mapping { pages, level, .. } = mapping;
        let flags = self.flags(mapping);
        let step = BYTES_PER_ENTRY[*level];
        let (mut address, mut value) = (pages.start, mapping.physical | flags.bits());
        while address < pages.end {
            let first = entry_index(address, *level);
            let count = (pages.end - address).div_ceil(step).min((ENTRIES - first) as u64);
            let table = self.table(address, *level);
            for entry in &mut self.entries(table)[first..first + to_usize(count)] {
                *entry = value.to_le_bytes();
                value += step;
            }
            // The last entry of the address space ends at 2^64.
            let Some(next) = address.checked_add(count * step) else { break };
            address = next;
        }
    }

    /// The number of the table of `level` that holds the entry for `address`; tables above it are made as needed.
    fn table(&mut self, address: u64, level: usize) -> usize {
        let mut table = 0;
        for above in (level + 1..=TOP_LEVEL).rev() {
            let next = self.root + self.used as u64 * PAGE_SIZE;
            let entry = &mut self.entries(table)[entry_index(address, above)];
            let is_new = *entry == [0; ENTRY_SIZE];
            if is_new {
                *entry = (next | (Flags::PRESENT | Flags::WRITABLE).bits()).to_le_bytes();
            }
            let below = u64::from_le_bytes(*entry) & ADDRESS;
            self.used += usize::from(is_new);
            table = to_usize((below - self.root) / PAGE_SIZE);
        }
        table
    }

    /// The entries of a table.
    fn entries(&mut self, table: usize) -> &mut [[u8; ENTRY_SIZE]; ENTRIES] {
        const TABLE_SIZE: usize = ENTRIES * ENTRY_SIZE;
        let table: &mut [u8; TABLE_SIZE] = &mut self.tables.as_chunks_mut().0[table];
        let (entries, _) = table.as_chunks_mut();
        entries.try_into().unwrap_or_else(|_| unreachable!("a table has {ENTRIES} entries"))
    }

    /// The flags of a mapping's entries.
    fn flags(&self, mapping: &Mapping) -> Flags {
        let has_no_execute = self.features.contains(CpuFeatures::NO_EXECUTE);
        let mut flags = Flags::PRESENT;
        flags.set(Flags::WRITABLE, mapping.flags.contains(SegmentFlags::WRITE));
        flags.set(Flags::HUGE_PAGE, mapping.level > 0);
        flags.set(Flags::NO_EXECUTE, has_no_execute && !mapping.flags.contains(SegmentFlags::EXECUTE));
        flags
    }
}

/// Index of the entry for `address` in a table of `level`.
const fn entry_index(address: u64, level: usize) -> usize {
    to_usize(address / BYTES_PER_ENTRY[level]) % ENTRIES
}
