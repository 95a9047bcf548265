//! A request that puts physical memory into the vmalloc area: a message, and errors instead of memory.

#![no_std]
#![no_main]

extern crate alloc;

use alloc::vec::Vec;

use farjump_api::virtual_memory::VMALLOC_AREA;
use farjump_api::{BootInfo, KernelRequests};
use farjump_kernel::memory::pages::{PagesError, VirtualRegion};
use farjump_kernel::memory::paging::{self, PagingError};
use farjump_kernel::memory::{Protection, ReserveError, frames, heap};
use test_kernels::test_kernel;
use x86_64::VirtAddr;
use x86_64::structures::paging::{Page, Size4KiB};

test_kernel!(
    requests = KernelRequests::DEFAULT.with_physical_memory_at(VMALLOC_AREA.start),
    there_is_no_heap_and_its_users_get_errors,
    nothing_can_be_mapped_and_callers_get_errors,
);

fn there_is_no_heap_and_its_users_get_errors(_: &'static BootInfo) {
    assert!(Vec::<u8>::new().try_reserve(1).is_err());
    assert_eq!(heap::statistics().mapped_bytes, 0);
    assert_eq!(heap::trim(), 0);
}

fn nothing_can_be_mapped_and_callers_get_errors(_: &'static BootInfo) {
    let verdict = VirtualRegion::new("a stack", 4096, Protection::ReadWrite).map(|pages| pages.range());
    assert_eq!(verdict, Err(PagesError::Reserve(ReserveError::NoSpace { size_bytes: 4096, align: 4096 })));
    let (page, frame) = (Page::<Size4KiB>::containing_address(VirtAddr::new(0x1000)), frames::allocate());
    // SAFETY: the page is unused, and the frame is new.
    let verdict = unsafe { paging::map(page, frame.expect("frames there are"), Protection::ReadOnly) };
    assert_eq!(verdict, Err(PagingError::NoTables));
}
