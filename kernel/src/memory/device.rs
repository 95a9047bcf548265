//! Registers of devices that are in memory: mapped by themselves, without a cache, between guard pages.
//!
//! The loader's mapping of all physical memory has them too, but cached as the firmware's MTRRs say. Refuses what
//! the memory map calls memory: an address that a firmware's table gets wrong must not write there.

use core::fmt;
use core::ops::Range;

use farjump_api::MemoryKind;
use x86_64::PhysAddr;
use x86_64::structures::paging::PhysFrame;

use super::pages::{self, PagesError, pages_of};
use super::{PAGE_SIZE, paging};

/// A device's registers. Dropping it unmaps them.
#[derive(Debug)]
pub struct DeviceMemory {
    pages: Range<u64>,
    /// Virtual address of the first register.
    start: u64,
    size_bytes: u64,
}

impl DeviceMemory {
    /// Maps `size_bytes` from the physical `address` on; `name` is what a page fault's report calls them.
    ///
    /// # Errors
    /// [`DeviceError`].
    ///
    /// # Safety
    /// A device's registers are there, no other code drives it, and what is written to them does no harm to memory
    /// that is in use.
    pub unsafe fn map(name: &'static str, address: u64, size_bytes: u64) -> Result<Self, DeviceError> {
        let end = address.checked_add(size_bytes).ok_or(DeviceError::NoAddress(address))?;
        refuse_memory(&(address..end))?;
        let first_frame = address - address % PAGE_SIZE;
        let pages = pages::reserve(name, end - first_frame).map_err(PagesError::from)?;
        let start = pages.start + (address - first_frame);
        let mut device = Self { pages: pages.start..pages.start, start, size_bytes };
        for (page, frame) in pages_of(&pages).zip((first_frame..).step_by(PAGE_SIZE as usize)) {
            let frame = PhysAddr::try_new(frame).map_err(|_| DeviceError::NoAddress(address))?;
            // SAFETY: the page is reserved and was unmapped; the caller vouches for the device.
            unsafe { paging::map_device(page, PhysFrame::containing_address(frame)) }
                .map_err(PagesError::from)?;
            device.pages.end += PAGE_SIZE;
        }
        Ok(device)
    }

    /// Virtual address of the first register.
    #[must_use]
    pub const fn start(&self) -> u64 {
        self.start
    }

    /// Reads the register at `offset`, a multiple of 4.
    ///
    /// # Panics
    /// It isn't among those that were mapped.
    #[must_use]
    pub fn read_u32(&self, offset: u64) -> u32 {
        // SAFETY: mapped, aligned, and a device's.
        unsafe { self.register::<u32>(offset).read_volatile() }
    }

    /// Writes the register at `offset`, a multiple of 4.
    ///
    /// # Panics
    /// It isn't among those that were mapped.
    pub fn write_u32(&self, offset: u64, value: u32) {
        // SAFETY: mapped, aligned, and a device's: the caller that mapped it vouches for what its registers do.
        unsafe { self.register::<u32>(offset).write_volatile(value) };
    }

    /// Writes the register at `offset`, one byte.
    ///
    /// # Panics
    /// It isn't among those that were mapped.
    pub fn write_u8(&self, offset: u64, value: u8) {
        // SAFETY: as for `write_u32`.
        unsafe { self.register::<u8>(offset).write_volatile(value) };
    }

    fn register<T>(&self, offset: u64) -> *mut T {
        let size = size_of::<T>() as u64;
        let is_mapped = offset.checked_add(size).is_some_and(|end| end <= self.size_bytes);
        assert!(is_mapped && (self.start + offset).is_multiple_of(size), "no register is at {offset:#x}");
        core::ptr::with_exposed_provenance_mut(super::to_usize(self.start + offset))
    }
}

impl Drop for DeviceMemory {
    fn drop(&mut self) {
        // SAFETY: the registers' only user is being dropped.
        unsafe { pages::unmap_each(&self.pages, drop) };
        pages::release(self.pages.start);
    }
}

/// Says so if any of the range is memory. What the map calls reserved, or doesn't know, may be a device.
fn refuse_memory(range: &Range<u64>) -> Result<(), DeviceError> {
    let map = crate::boot::info().map_or(&[][..], |boot_info| boot_info.memory_map.get());
    let mut memory = map.iter().filter(|region| region.kind != MemoryKind::RESERVED);
    match memory.find(|region| region.start < range.end && range.start < region.end) {
        Some(_) => Err(DeviceError::IsMemory(range.start)),
        None => Ok(()),
    }
}

/// Why a device isn't mapped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeviceError {
    /// No device can be at this physical address.
    NoAddress(u64),
    /// Memory is at this physical address.
    IsMemory(u64),
    /// There are no pages.
    Pages(PagesError),
}

impl From<PagesError> for DeviceError {
    fn from(error: PagesError) -> Self {
        Self::Pages(error)
    }
}

impl fmt::Display for DeviceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoAddress(address) => write!(f, "no device can be at {address:#x}"),
            Self::IsMemory(address) => write!(f, "{address:#x} is memory, and no device's register"),
            Self::Pages(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for DeviceError {}
