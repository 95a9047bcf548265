//! The memory that a module goes to: what the caller brings, and memory for a look at a file.

use alloc::vec;
use alloc::vec::Vec;
use core::convert::Infallible;
use core::fmt::Display;
use core::ops::Range;

use farjump_kernel_memory::PAGE_SIZE;
use farjump_kernel_memory::protection::Protection;

/// Has memory for modules.
pub trait Mapper {
    /// The memory that it returns.
    type Reserved: Reserved;

    /// Returns whole zeroed pages, contiguous in memory and for this use alone.
    ///
    /// # Errors
    /// Not enough pages are free.
    fn reserve(&mut self, size_bytes: u64) -> Result<Self::Reserved, MemoryError<Self::Reserved>>;
}

/// Why memory couldn't be allocated, changed or freed.
pub type MemoryError<R> = <<R as Reserved>::Mapped as Mapped>::Error;

/// Memory that may be written and not executed. Dropping it frees it.
pub trait Reserved: Sized {
    /// What it becomes.
    type Mapped: Mapped;

    /// Returns where it begins, for those who execute it: a multiple of the page size.
    fn address(&self) -> u64;

    /// Returns all of it.
    fn bytes_mut(&mut self) -> &mut [u8];

    /// Sets the protection of the pages of each region, and takes all rights from the others. Where an entry of a page
    /// table was cached, it isn't any more.
    ///
    /// # Errors
    /// It can't be done; then all of the memory is freed.
    fn protect(self, regions: &[Region]) -> Result<Self::Mapped, MemoryError<Self>>;
}

/// A loaded module's memory. Dropping it frees it.
pub trait Mapped {
    /// What may go wrong with memory.
    type Error: Display;

    /// Frees it.
    ///
    /// # Errors
    /// It can't be freed; then it is lost.
    fn unmap(self) -> Result<(), Self::Error>;
}

/// Pages of reserved memory with one protection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Region {
    /// Bytes from the start of the memory, whole pages.
    pub range: Range<u64>,
    /// What may be done with them.
    pub protection: Protection,
}

/// Memory that can't be executed, for a look at a file: all that loading does but calls can be done there.
#[derive(Debug, Clone, Copy, Default)]
pub struct Scratch;

/// Memory of [`Scratch`].
#[derive(Debug)]
pub struct ScratchMemory {
    bytes: Vec<u8>,
}

impl ScratchMemory {
    /// Where a module there believes to be.
    pub const ADDRESS: u64 = 0x7000_0000_0000;
}

impl Mapper for Scratch {
    type Reserved = ScratchMemory;

    fn reserve(&mut self, size_bytes: u64) -> Result<ScratchMemory, Infallible> {
        debug_assert_eq!(size_bytes % PAGE_SIZE, 0);
        Ok(ScratchMemory { bytes: vec![0; size_bytes as usize] })
    }
}

impl Reserved for ScratchMemory {
    type Mapped = Self;

    fn address(&self) -> u64 {
        Self::ADDRESS
    }

    fn bytes_mut(&mut self) -> &mut [u8] {
        &mut self.bytes
    }

    fn protect(self, _: &[Region]) -> Result<Self, Infallible> {
        Ok(self)
    }
}

impl Mapped for ScratchMemory {
    type Error = Infallible;

    fn unmap(self) -> Result<(), Infallible> {
        Ok(())
    }
}
