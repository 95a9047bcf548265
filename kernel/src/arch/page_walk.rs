//! Where an address is mapped, by the page tables that CR3 leads to, read as the CPU reads them.
//!
//! Tables are only read where physical memory is mapped: damaged ones give `None`, not a second fault.
//!
//! Source: Intel SDM vol. 3A, "4-Level Paging".

use farjump_x86::paging::ENTRIES;
use x86_64::VirtAddr;
use x86_64::instructions::tlb;
use x86_64::registers::control::Cr3;
use x86_64::structures::paging::page_table::PageTableEntry;
use x86_64::structures::paging::{PageTable, PageTableFlags as Flags};

/// Bytes that one entry of a table maps, by the table's level.
const BYTES_PER_ENTRY: [u64; 4] = [4 << 10, 2 << 20, 1 << 30, 512 << 30];

/// A page that is mapped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mapping {
    /// Physical address of the address that was asked for.
    pub physical_address: u64,
    /// Flags of the entry that maps it; a flag of the tables above may forbid more.
    pub flags: Flags,
}

/// Whether bits 48 to 63 are as bit 47: the CPU takes no other address.
#[must_use]
pub fn is_canonical(address: u64) -> bool {
    VirtAddr::try_new(address).is_ok()
}

/// The page that `address` is in, if it is mapped.
#[must_use]
pub fn find(address: u64) -> Option<Mapping> {
    let (entry, level) = entry(address)?;
    // SAFETY: `entry` gives an entry of a table that is mapped.
    let entry = unsafe { entry.read_volatile() };
    let size = BYTES_PER_ENTRY[level];
    let frame = entry.addr().as_u64() & !(size - 1);
    let flags = entry.flags();
    flags
        .contains(Flags::PRESENT)
        .then_some(Mapping { physical_address: frame + (address & (size - 1)), flags })
}

/// Whether the `len_bytes` bytes from `address` on can be read.
#[must_use]
pub fn is_readable(address: u64, len_bytes: u64) -> bool {
    let Some(last) = address.checked_add(len_bytes.saturating_sub(1)) else { return false };
    find(address).is_some() && find(last).is_some()
}

/// Takes the 4 KiB page at `address` out of the page tables. One that isn't mapped stays so.
///
/// # Safety
/// Nothing refers to the page's bytes, now or later.
pub(super) unsafe fn unmap_page(address: u64) {
    if let Some((entry, 0)) = entry(address) {
        // SAFETY: an entry of a table that is mapped, writable; the caller vouches for the page.
        unsafe { entry.write_volatile(PageTableEntry::new()) };
        tlb::flush(VirtAddr::new(address));
    }
}

/// The last entry on the way to `address`, and its table's level.
fn entry(address: u64) -> Option<(*mut PageTableEntry, usize)> {
    if !is_canonical(address) {
        return None;
    }
    let mut table = Cr3::read().0.start_address().as_u64();
    for level in (0..BYTES_PER_ENTRY.len()).rev() {
        let index = address / BYTES_PER_ENTRY[level] % ENTRIES as u64;
        let entry = table_at(table)?.cast::<PageTableEntry>().wrapping_add(index as usize);
        // SAFETY: the index is within the table, which is mapped.
        let value = unsafe { entry.read_volatile() };
        let is_last = level == 0 || value.flags().contains(Flags::HUGE_PAGE);
        if is_last {
            return Some((entry, level));
        }
        if !value.flags().contains(Flags::PRESENT) {
            return None;
        }
        table = value.addr().as_u64();
    }
    None
}

/// The table in the frame at `physical`, if physical memory is mapped there.
fn table_at(physical: u64) -> Option<*mut PageTable> {
    let boot_info = crate::boot::info()?;
    let is_mapped = boot_info.maps(physical..physical + size_of::<PageTable>() as u64);
    let address = boot_info.physical_memory_offset + physical;
    is_mapped.then(|| core::ptr::with_exposed_provenance_mut(address as usize))
}
