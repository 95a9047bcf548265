//! The page tables that CR3 leads to, read through the mapping of physical memory.

use farjump_api::BootInfo;
use x86_64::registers::control::Cr3;
use x86_64::structures::paging::{PageTable, PageTableFlags as Flags};

/// Bytes that one entry of a table maps, by the table's level.
const BYTES_PER_ENTRY: [u64; 4] = [4 << 10, 2 << 20, 1 << 30, 512 << 30];

/// A mapping: one page of whatever size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mapping {
    /// First virtual address of the page.
    pub virtual_address: u64,
    /// First physical address.
    pub physical_address: u64,
    /// Bytes.
    pub size: u64,
    /// Flags of the last entry.
    pub flags: Flags,
}

impl Mapping {
    /// Whether the page can be written and executed.
    #[must_use]
    pub fn is_writable_and_executable(&self) -> bool {
        self.flags.contains(Flags::WRITABLE) && !self.flags.contains(Flags::NO_EXECUTE)
    }
}

/// The page that `address` is in, if it is mapped.
#[must_use]
pub fn find(boot_info: &BootInfo, address: u64) -> Option<Mapping> {
    let mut frame = Cr3::read().0.start_address().as_u64();
    for level in (0..4).rev() {
        let index = (address / BYTES_PER_ENTRY[level]) as usize % 512;
        let entry = &table(boot_info, frame)[index];
        if !entry.flags().contains(Flags::PRESENT) {
            return None;
        }
        frame = entry.addr().as_u64();
        if level == 0 || entry.flags().contains(Flags::HUGE_PAGE) {
            let size = BYTES_PER_ENTRY[level];
            let virtual_address = address & !(size - 1);
            return Some(Mapping { virtual_address, physical_address: frame, size, flags: entry.flags() });
        }
    }
    None
}

/// Calls `visit` for every page that is mapped, in ascending order.
pub fn for_each(boot_info: &BootInfo, mut visit: impl FnMut(Mapping)) {
    walk(boot_info, Cr3::read().0.start_address().as_u64(), 3, 0, &mut visit);
}

fn walk(boot_info: &BootInfo, frame: u64, level: usize, base: u64, visit: &mut dyn FnMut(Mapping)) {
    let size = BYTES_PER_ENTRY[level];
    for (index, entry) in (0..).zip(table(boot_info, frame).iter()) {
        if !entry.flags().contains(Flags::PRESENT) {
            continue;
        }
        let address = canonical(base + index * size);
        let physical_address = entry.addr().as_u64();
        if level == 0 || entry.flags().contains(Flags::HUGE_PAGE) {
            visit(Mapping { virtual_address: address, physical_address, size, flags: entry.flags() });
        } else {
            walk(boot_info, physical_address, level - 1, address, visit);
        }
    }
}

/// Bit 47 in all bits above it.
fn canonical(address: u64) -> u64 {
    if address & 1 << 47 == 0 { address } else { address | 0xFFFF << 48 }
}

fn table(boot_info: &BootInfo, frame: u64) -> &'static PageTable {
    let address = (boot_info.physical_memory_offset + frame) as usize;
    // SAFETY: CR3 and present entries lead to tables, all physical memory is mapped, and these tests don't
    // change the tables.
    unsafe { &*core::ptr::with_exposed_provenance(address) }
}
