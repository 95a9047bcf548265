//! The end of the loader: its trampoline page is unmapped and its memory becomes free.
//!
//! The kernel starts on the loader's GDT, which is in that page. So [`crate::init`] calls [`reclaim_loader`] when it has
//! loaded a GDT of the kernel's own; a kernel that does without [`crate::init`] calls it itself.

use core::fmt;
use core::sync::atomic::{AtomicU64, Ordering};

use farjump_api::BootInfo;
use x86_64::VirtAddr;
use x86_64::instructions::tables::sgdt;
use x86_64::structures::paging::{Page, Size4KiB};

use super::frames;
use super::paging::{self, PagingError, page};

/// The page's address; zero before `init`.
static TRAMPOLINE_PAGE: AtomicU64 = AtomicU64::new(0);

pub(super) fn init(boot_info: &'static BootInfo) {
    TRAMPOLINE_PAGE.store(boot_info.kernel.trampoline_page, Ordering::Relaxed);
}

/// Unmaps the loader's last page, makes the loader's memory free, and says how many bytes those are: zero when it
/// has been done before. Afterwards nothing is mapped in the lower half.
///
/// # Errors
/// [`ReclaimError::StillInUse`]: the CPU's GDT is in that page; load one of the kernel's own first, and its
/// segments.
pub fn reclaim_loader() -> Result<u64, ReclaimError> {
    let trampoline: Page<Size4KiB> = page(TRAMPOLINE_PAGE.load(Ordering::Relaxed));
    let gdt = sgdt().base;
    if page(gdt.as_u64()) == trampoline {
        return Err(ReclaimError::StillInUse(gdt));
    }
    // SAFETY: the kernel jumped away from there for good, and its GDT, the page's other content, is elsewhere.
    match unsafe { paging::unmap(trampoline) } {
        Ok(_) | Err(PagingError::NotMapped(_)) => Ok(frames::reclaim_loader()),
        Err(error) => Err(ReclaimError::Paging(error)),
    }
}

/// Why the loader's memory isn't free.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReclaimError {
    /// The CPU uses the loader's GDT, at this address.
    StillInUse(VirtAddr),
    /// The page couldn't be unmapped.
    Paging(PagingError),
}

impl fmt::Display for ReclaimError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::StillInUse(gdt) => write!(f, "the CPU still uses the loader's GDT, at {gdt:#x}"),
            Self::Paging(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for ReclaimError {}
