//! Pages for modules, in the kernel's own area: with frames of their own and an unmapped page on either side.

use farjump_kernel_memory::protection::Protection;
use farjump_module_loader::{Mapped, Mapper, Region, Reserved};
use x86_64::VirtAddr;
use x86_64::structures::paging::{Page, PageTableFlags as Flags, Size4KiB};

use crate::arch::page_walk::{self, Mapping};
use crate::memory::pages::{self, PagesError, VirtualRegion};
use crate::memory::{PAGE_SIZE, Part, paging};

/// What a report calls a module's pages.
const OWNER: &str = "a module";

/// Whether `address` is in a module's code, loaded or being loaded: for a report, which can't wait for a lock.
pub(crate) fn is_code(address: u64) -> bool {
    let is_a_modules = pages::owner(address) == Some((OWNER, Part::Pages));
    let may_be_code = |mapping: Mapping| !mapping.flags.intersects(Flags::NO_EXECUTE | Flags::WRITABLE);
    is_a_modules && page_walk::find(address).is_some_and(may_be_code)
}

/// Has the kernel's pages for modules.
#[derive(Debug)]
pub(super) struct KernelMapper;

/// Pages that are being filled: writable.
#[derive(Debug)]
pub(super) struct ReservedPages(VirtualRegion);

/// Pages of a loaded module: each with its own protection. Dropping them frees their frames.
#[derive(Debug)]
pub struct ModulePages(VirtualRegion);

impl Mapper for KernelMapper {
    type Reserved = ReservedPages;

    fn reserve(&mut self, size_bytes: u64) -> Result<ReservedPages, PagesError> {
        VirtualRegion::new(OWNER, size_bytes, Protection::ReadWrite).map(ReservedPages)
    }
}

impl Reserved for ReservedPages {
    type Mapped = ModulePages;

    fn address(&self) -> u64 {
        self.0.range().start
    }

    fn bytes_mut(&mut self) -> &mut [u8] {
        let range = self.0.range();
        let first = core::ptr::with_exposed_provenance_mut(range.start as usize);
        // SAFETY: mapped, writable, zeroed, and these pages' alone.
        unsafe { core::slice::from_raw_parts_mut(first, (range.end - range.start) as usize) }
    }

    /// Pages between segments are unmapped, and their frames go back.
    fn protect(mut self, regions: &[Region]) -> Result<ModulePages, PagesError> {
        let (start, mut gap) = (self.address(), 0);
        for Region { range, protection } in regions {
            if gap < range.start {
                self.0.make_hole(start + gap..start + range.start)?;
            }
            gap = range.end;
            for offset in range.clone().step_by(PAGE_SIZE as usize) {
                let page: Page<Size4KiB> = Page::containing_address(VirtAddr::new(start + offset));
                // SAFETY: a page of the module's alone, of which nothing has run; what becomes executable is
                // what its file calls code. The entry of the TLB is flushed.
                unsafe { paging::protect(page, *protection) }?;
            }
        }
        Ok(ModulePages(self.0))
    }
}

impl Mapped for ModulePages {
    type Error = PagesError;

    fn unmap(self) -> Result<(), PagesError> {
        drop(self.0);
        Ok(())
    }
}
