//! Pages for modules, in the kernel's own area: with frames of their own and an unmapped page on either side.

use kernel_memory::protection::Protection;
use module_loader::{Mapped, Mapper, Region, Reserved};
use x86_64::VirtAddr;
use x86_64::structures::paging::{Page, Size4KiB};

use crate::memory::pages::{KernelPages, PagesError};
use crate::memory::{PAGE_SIZE, paging};

/// Has the kernel's pages for modules.
#[derive(Debug)]
pub(super) struct KernelMapper;

/// Pages that are being filled: writable.
#[derive(Debug)]
pub(super) struct ReservedPages(KernelPages);

/// Pages of a loaded module: each with its own protection. Dropping them frees their frames.
#[derive(Debug)]
pub struct ModulePages(KernelPages);

impl Mapper for KernelMapper {
    type Reserved = ReservedPages;

    fn reserve(&mut self, size_bytes: u64) -> Result<ReservedPages, PagesError> {
        KernelPages::new("a module", size_bytes, Protection::ReadWrite).map(ReservedPages)
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

    /// Pages between segments stay readable zeros: every page here has a frame.
    fn protect(self, regions: &[Region]) -> Result<ModulePages, PagesError> {
        let start = self.address();
        let pages = self.0.protect(Protection::ReadOnly)?;
        for Region { range, protection } in regions {
            for offset in range.clone().step_by(PAGE_SIZE as usize) {
                let page: Page<Size4KiB> = Page::containing_address(VirtAddr::new(start + offset));
                // SAFETY: a page of the module's alone, of which nothing has run; what becomes executable is
                // what its file calls code. The entry of the TLB is flushed.
                unsafe { paging::protect(page, *protection) }?;
            }
        }
        Ok(ModulePages(pages))
    }
}

impl Mapped for ModulePages {
    type Error = PagesError;

    fn unmap(self) -> Result<(), PagesError> {
        drop(self.0);
        Ok(())
    }
}
