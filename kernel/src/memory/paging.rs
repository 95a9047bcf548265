//! The page tables: one address space, whose PML4 the loader has made.
//!
//! What is mapped here is what [`Protection`] can say, so that no page is ever both writable and executable. On a
//! CPU without no-execute pages, whatever is mapped can be executed: there is nothing to forbid it with.
//!
//! Refuses a page that is mapped already: to map another frame, unmap it first.

use core::fmt;

use farjump_api::virtual_memory::VMALLOC_AREA;
use farjump_api::{BootInfo, CpuFeatures};
use x86_64::structures::paging::mapper::{
    CleanUp, FlagUpdateError, MapToError, MappedFrame, MapperFlush, TranslateResult, UnmapError,
};
use x86_64::structures::paging::page::PageRangeInclusive;
use x86_64::structures::paging::{
    Mapper, OffsetPageTable, Page, PageSize, PageTable, PageTableFlags as Flags, PhysFrame, Size4KiB,
    Translate,
};
use x86_64::{PhysAddr, VirtAddr};

use super::frames::TableFrames;
use super::{InitError, Protection, to_usize};
use crate::sync::IrqMutex;

struct KernelTables {
    mapper: OffsetPageTable<'static>,
    /// The flag, where the CPU has it.
    no_execute: Flags,
}

static TABLES: IrqMutex<Option<KernelTables>> = IrqMutex::new(None);

/// Takes the loader's page tables over.
pub(super) fn init(boot_info: &'static BootInfo) -> Result<(), InitError> {
    let has_no_execute = boot_info.cpu_features.contains(CpuFeatures::NO_EXECUTE);
    let no_execute = if has_no_execute { Flags::NO_EXECUTE } else { Flags::empty() };
    let address = boot_info.physical_memory_offset + boot_info.kernel.page_table;
    let root: *mut PageTable = core::ptr::with_exposed_provenance_mut(to_usize(address));
    // SAFETY: the PML4 that CR3 holds, in the mapping of physical memory; the loader is gone, and the kernel
    // changes tables here only.
    let root = unsafe { &mut *root };
    // SAFETY: the loader has mapped all physical memory at this offset.
    let mapper = unsafe { OffsetPageTable::new(root, VirtAddr::new(boot_info.physical_memory_offset)) };
    let area = Page::<Size4KiB>::range(page(VMALLOC_AREA.start), page(VMALLOC_AREA.end));
    let taken = (u16::from(area.start.p4_index())..u16::from(area.end.p4_index()))
        .any(|index| !mapper.level_4_table()[usize::from(index)].is_unused());
    if taken {
        return Err(InitError::AreaTaken(VMALLOC_AREA.start));
    }
    *TABLES.lock() = Some(KernelTables { mapper, no_execute });
    Ok(())
}

/// Maps a page to a frame; tables are made as needed.
///
/// # Errors
/// [`PagingError`]; then nothing is mapped.
///
/// # Safety
/// No code relies on the page being unmapped, and access through it does no harm to other users of the frame:
/// the frame is the caller's own, or a device's.
pub unsafe fn map<S>(page: Page<S>, frame: PhysFrame<S>, protection: Protection) -> Result<(), PagingError>
where
    S: PageSize,
    OffsetPageTable<'static>: Mapper<S>,
{
    // SAFETY: the caller vouches for page and frame.
    unsafe { map_with(page, frame, |tables| tables.flags(protection)) }
}

/// Maps a page to a device's registers: read and written, and never cached.
///
/// # Errors
/// [`PagingError`]; then nothing is mapped.
///
/// # Safety
/// As for [`map`]; and the frame is a device's.
pub(super) unsafe fn map_device(page: Page, frame: PhysFrame) -> Result<(), PagingError> {
    // Both bits together choose "uncacheable", whatever the firmware has made of the PAT's other entries.
    let uncached = Flags::NO_CACHE | Flags::WRITE_THROUGH;
    // SAFETY: the caller vouches for page and frame.
    unsafe { map_with(page, frame, |tables| tables.flags(Protection::ReadWrite) | uncached) }
}

/// # Safety
/// As for [`map`].
unsafe fn map_with<S>(
    page: Page<S>,
    frame: PhysFrame<S>,
    flags: impl FnOnce(&KernelTables) -> Flags,
) -> Result<(), PagingError>
where
    S: PageSize,
    OffsetPageTable<'static>: Mapper<S>,
{
    with(|tables| {
        let flags = flags(tables);
        // Upper levels allow everything, so that `protect` has the last word.
        let above = Flags::PRESENT | Flags::WRITABLE;
        // SAFETY: the caller vouches for page and frame; the tables' frames come from the one allocator.
        let mapped =
            unsafe { tables.mapper.map_to_with_table_flags(page, frame, flags, above, &mut TableFrames) };
        mapped.map(MapperFlush::flush).map_err(|error| PagingError::from_map(&error, page))
    })
}

/// Unmaps a page and returns the frame that it was mapped to.
///
/// # Errors
/// [`PagingError`].
///
/// # Safety
/// Nothing refers to the page any more.
pub unsafe fn unmap<S>(page: Page<S>) -> Result<PhysFrame<S>, PagingError>
where
    S: PageSize,
    OffsetPageTable<'static>: Mapper<S>,
{
    with(|tables| {
        let unmapped = tables.mapper.unmap(page);
        let (frame, flush) = unmapped.map_err(|error| PagingError::from_unmap(&error, page))?;
        flush.flush();
        Ok(frame)
    })
}

/// Changes what may be done with a mapped page.
///
/// # Errors
/// [`PagingError`].
///
/// # Safety
/// No code relies on a right that the page loses. If the page becomes executable, its bytes are code.
pub unsafe fn protect<S>(page: Page<S>, protection: Protection) -> Result<(), PagingError>
where
    S: PageSize,
    OffsetPageTable<'static>: Mapper<S>,
{
    with(|tables| {
        let flags = tables.flags(protection);
        // SAFETY: the caller vouches for the page; the frame stays the same.
        let updated = unsafe { tables.mapper.update_flags(page, flags) };
        updated.map(MapperFlush::flush).map_err(|error| PagingError::from_update(&error, page))
    })
}

/// A mapping as the tables say it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Translation {
    /// What the address is mapped to.
    pub physical_address: PhysAddr,
    /// Bytes in the page: 4 KiB, 2 MiB or 1 GiB.
    pub page_size: u64,
    /// Flags of the last entry.
    pub flags: Flags,
}

/// What an address is mapped to, if anything. For a fault's handler too: where the fault came while the tables were
/// being changed, the answer is nothing.
#[must_use]
pub fn translate(address: VirtAddr) -> Option<Translation> {
    let tables = TABLES.try_lock()?;
    match tables.as_ref()?.mapper.translate(address) {
        TranslateResult::Mapped { frame, offset, flags } => Some(Translation {
            physical_address: frame.start_address() + offset,
            page_size: MappedFrame::size(&frame),
            flags,
        }),
        TranslateResult::NotMapped | TranslateResult::InvalidFrameAddress(_) => None,
    }
}

/// Frees the frames of the tables that map nothing any more.
///
/// # Safety
/// The pages lie in the kernel's own area: the tables for it are the kernel's.
pub(super) unsafe fn free_empty_tables(pages: PageRangeInclusive) {
    let _ = with(|tables| {
        // SAFETY: each table is in this one address space once, and the caller vouches for whose they are.
        unsafe { tables.mapper.clean_up_addr_range(pages, &mut TableFrames) };
        Ok(())
    });
    // The CPU may still hold the entries that led to those tables.
    x86_64::instructions::tlb::flush_all();
}

fn with<T>(change: impl FnOnce(&mut KernelTables) -> Result<T, PagingError>) -> Result<T, PagingError> {
    TABLES.lock().as_mut().map_or(Err(PagingError::NoTables), change)
}

/// The page that begins at `address`, or that it is in.
pub(super) fn page(address: u64) -> Page<Size4KiB> {
    Page::containing_address(VirtAddr::new(address))
}

impl KernelTables {
    fn flags(&self, protection: Protection) -> Flags {
        match protection {
            Protection::ReadOnly => Flags::PRESENT | self.no_execute,
            Protection::ReadWrite => Flags::PRESENT | Flags::WRITABLE | self.no_execute,
            Protection::ReadExecute => Flags::PRESENT,
        }
    }
}

/// Why the tables weren't changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PagingError {
    /// The tables haven't been taken over.
    NoTables,
    /// Not enough frames are free, for the page or for a table.
    OutOfFrames,
    /// The page at this address is mapped already.
    AlreadyMapped(VirtAddr),
    /// The page at this address isn't mapped.
    NotMapped(VirtAddr),
    /// The address is in a larger page.
    InLargerPage(VirtAddr),
    /// The tables lead to an address that no frame has.
    DamagedTable(VirtAddr),
}

impl PagingError {
    fn from_map<S: PageSize>(error: &MapToError<S>, page: Page<S>) -> Self {
        match error {
            MapToError::FrameAllocationFailed => Self::OutOfFrames,
            MapToError::ParentEntryHugePage => Self::InLargerPage(page.start_address()),
            MapToError::PageAlreadyMapped(_) => Self::AlreadyMapped(page.start_address()),
        }
    }

    fn from_unmap<S: PageSize>(error: &UnmapError, page: Page<S>) -> Self {
        match error {
            UnmapError::ParentEntryHugePage => Self::InLargerPage(page.start_address()),
            UnmapError::PageNotMapped => Self::NotMapped(page.start_address()),
            UnmapError::InvalidFrameAddress(_) => Self::DamagedTable(page.start_address()),
        }
    }

    fn from_update<S: PageSize>(error: &FlagUpdateError, page: Page<S>) -> Self {
        match error {
            FlagUpdateError::ParentEntryHugePage => Self::InLargerPage(page.start_address()),
            FlagUpdateError::PageNotMapped => Self::NotMapped(page.start_address()),
        }
    }
}

impl fmt::Display for PagingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoTables => f.write_str("the page tables haven't been taken over"),
            Self::OutOfFrames => f.write_str("not enough frames are free"),
            Self::AlreadyMapped(address) => write!(f, "{address:#x} is mapped already"),
            Self::NotMapped(address) => write!(f, "{address:#x} isn't mapped"),
            Self::InLargerPage(address) => write!(f, "{address:#x} is in a larger page"),
            Self::DamagedTable(address) => write!(f, "the page table for {address:#x} is damaged"),
        }
    }
}

impl core::error::Error for PagingError {}
