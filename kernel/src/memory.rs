//! Memory: frames, pages and the heap.
//!
//! ```text
//! FFFF_8000_0000_0000  all physical memory, mapped by the loader       read, write
//! FFFF_FE00_0000_0000  AREA: heap, stacks, what drivers map            by `pages`, each with guard pages
//! FFFF_FF00_0000_0000  the boot stack
//! FFFF_FFFF_8000_0000  the kernel's segments                           as its ELF file says
//! ```
//!
//! | module | gives |
//! |---|---|
//! | [`access`] | bytes at an address that somebody names |
//! | [`frames`] | physical memory: 4 KiB, 2 MiB, contiguous |
//! | [`paging`] | page table entries: map, unmap, protect, translate |
//! | [`pages`] | virtual memory that owns its frames, between guard pages |
//! | [`device`] | registers of devices, never cached |
//! | [`heap`] | `alloc`: it grows by mapping frames, and gives them back by [`heap::trim`] |
//!
//! Who locks what: heap, then pages, then tables, then frames; never the other way. No lock is held while
//! something is logged.
//!
//! Decisions that need no hardware are the crate `kernel-memory`'s.

pub mod access;
pub mod device;
pub(crate) mod firmware;
pub mod frames;
pub mod heap;
mod loader;
pub mod pages;
pub mod paging;

use core::fmt;

use farjump_api::BootInfo;
pub use farjump_kernel_memory::frames::{FramesError, FreeError, Statistics};
pub use farjump_kernel_memory::page_ranges::{Part, ReserveError};
pub use farjump_kernel_memory::protection::{Protection, WritableAndExecutable};
pub use farjump_kernel_memory::{LARGE_PAGE_SIZE, PAGE_SIZE};

pub use loader::{ReleaseError, release_loader};

/// Takes memory over from the loader. Without success there is no heap, and every allocation fails.
///
/// # Errors
/// [`InitError`].
pub(crate) fn init(boot_info: &'static BootInfo) -> Result<(), InitError> {
    frames::init(boot_info)?;
    paging::init(boot_info)?;
    pages::init();
    heap::init(boot_info)?;
    loader::init(boot_info);
    Ok(())
}

/// Why the kernel has no memory of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InitError {
    /// There is no frame allocator.
    Frames(FramesError),
    /// The kernel's area is in use: a request has put physical memory there.
    AreaTaken(u64),
    /// There is no room for the heap in the kernel's area.
    Heap(ReserveError),
}

impl fmt::Display for InitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Frames(error) => error.fmt(f),
            Self::AreaTaken(address) => {
                write!(f, "the loader has mapped {address:#x}, which is in the kernel's own area")
            }
            Self::Heap(error) => write!(f, "the heap: {error}"),
        }
    }
}

impl core::error::Error for InitError {}

impl From<FramesError> for InitError {
    fn from(error: FramesError) -> Self {
        Self::Frames(error)
    }
}

/// An address as a pointer's.
#[expect(clippy::cast_possible_truncation, reason = "usize has 64 bits")]
const fn to_usize(number: u64) -> usize {
    number as usize
}
