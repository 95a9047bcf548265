//! Sizes of pages and of page tables, and where physical addresses end.
//!
//! Source: Intel SDM vol. 3A, "4-Level Paging and 5-Level Paging".

/// Bytes in a page, in a frame, and in a page table of any level.
pub const PAGE_SIZE: u64 = 4096;

/// Bytes in a page that an entry of a page directory maps.
pub const LARGE_PAGE_SIZE: u64 = 2 << 20;

/// Bytes in a page that an entry of a page-directory-pointer table maps.
pub const GIB_PAGE_SIZE: u64 = 1 << 30;

/// Entries of a page table of any level.
pub const ENTRIES: usize = 512;

/// End of the physical addresses that a page-table entry can hold.
pub const PHYSICAL_END: u64 = 1 << 52;

/// Bits of a page-table entry that hold a physical address.
pub const ADDRESS: u64 = PHYSICAL_END - PAGE_SIZE;

const _: () = assert!(ADDRESS == 0x000F_FFFF_FFFF_F000);
const _: () = assert!(PAGE_SIZE == (ENTRIES * size_of::<u64>()) as u64);
