//! Physical memory: the firmware's map, and frames that the firmware allocates.
//!
//! | UEFI's type | ours |
//! |---|---|
//! | Conventional | usable |
//! | LoaderCode, LoaderData, BootServicesCode, BootServicesData | reclaimable, once the kernel needs nothing of the loader |
//! | ACPIReclaim, ACPINVS | the same |
//! | Unusable | bad |
//! | all others | reserved |
//!
//! Frames are of type LoaderData: other types make ExitBootServices fail on some machines. All memory that the firmware
//! describes is mapped one to one.
//!
//! Source: UEFI 2.10, "EFI_BOOT_SERVICES.AllocatePages()", "GetMemoryMap()".

use core::ops::Range;

use farjump_api::{EfiMemoryMap, MemoryKind};
use farjump_loader::PAGE_SIZE;
use farjump_loader::memory_map::{MapError, MemoryMap};
use farjump_loader::platform::{self, Frames};
use uefi::boot::{AllocateType, MemoryType};
use uefi_raw::table::boot::MemoryDescriptor;

use crate::boot_services::{self, ExitError};

/// Frames are allocated below it: 32-bit devices and the kernel's first page tables reach them.
const ALLOCATION_END: u64 = 4 << 30;

static MAPS: [spin::Mutex<MemoryMap>; 2] =
    [spin::Mutex::new(MemoryMap::new()), spin::Mutex::new(MemoryMap::new())];

/// The memory map.
pub(crate) struct Memory {
    map: &'static mut MemoryMap,
    /// Where the final map is made of the firmware's and this one.
    next: &'static mut MemoryMap,
}

impl Memory {
    /// Asks the firmware.
    pub(crate) fn find() -> Result<Self, MapError> {
        let [map, next] = MAPS.each_ref().map(|map| spin::MutexGuard::leak(map.lock()));
        let memory = Self { map, next };
        let size = boot_services::map_size().map_err(|_| MapError::NoService)?;
        let buffer = allocate_pages(size as u64)?;
        let (description, _) = boot_services::memory_map(buffer).map_err(|_| MapError::NoService)?;
        read(memory.map, buffer, &description)?;
        let place = buffer.as_ptr().addr() as u64;
        memory.map.mark(place..place + buffer.len() as u64, MemoryKind::LOADER_RECLAIMABLE)?;
        Ok(memory)
    }

    /// Ends boot services, and brings the map up to date.
    pub(crate) fn leave(&mut self) -> Result<EfiMemoryMap, LeaveError> {
        let size = boot_services::map_size().map_err(LeaveError::Exit)?;
        let mut frames =
            platform::Memory::allocate(self, size as u64, MemoryKind::KERNEL).map_err(LeaveError::Memory)?;
        let description = boot_services::exit(frames.bytes_mut()).map_err(LeaveError::Exit)?;
        read(self.next, frames.bytes_mut(), &description).map_err(LeaveError::Memory)?;
        for region in self.map.regions().iter().filter(|region| is_ours(region.kind)) {
            self.next.mark(region.range(), region.kind).map_err(LeaveError::Memory)?;
        }
        core::mem::swap(&mut self.map, &mut self.next);
        Ok(description)
    }
}

/// Why the firmware couldn't be left.
#[derive(Debug, Clone, Copy)]
pub(crate) enum LeaveError {
    /// No room for the memory map, or the map has too many regions.
    Memory(MapError),
    /// The firmware's services fail.
    Exit(ExitError),
}

impl core::fmt::Display for LeaveError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Memory(error) => write!(f, "memory: {error}"),
            Self::Exit(error) => write!(f, "{error}"),
        }
    }
}

/// Returns whether memory of this kind was allocated for the kernel.
fn is_ours(kind: MemoryKind) -> bool {
    matches!(kind, MemoryKind::KERNEL | MemoryKind::MODULE)
}

/// Makes `map` what the firmware's descriptors say.
fn read(map: &mut MemoryMap, bytes: &[u8], description: &EfiMemoryMap) -> Result<(), MapError> {
    *map = MemoryMap::new();
    let len = usize::try_from(description.len_bytes).unwrap_or(usize::MAX).min(bytes.len());
    let size = usize::try_from(description.descriptor_size).unwrap_or(usize::MAX);
    for descriptor in boot_services::descriptors(&bytes[..len], size) {
        map.mark(range(&descriptor), kind(descriptor.ty))?;
    }
    // Interrupt vectors and the BIOS data area on machines with a BIOS; a null pointer on all.
    map.mark(0..PAGE_SIZE, MemoryKind::RESERVED)
}

fn range(descriptor: &MemoryDescriptor) -> Range<u64> {
    let start = descriptor.phys_start;
    start..start.saturating_add(descriptor.page_count.saturating_mul(PAGE_SIZE))
}

fn kind(firmware: MemoryType) -> MemoryKind {
    match firmware {
        MemoryType::CONVENTIONAL => MemoryKind::USABLE,
        MemoryType::LOADER_CODE
        | MemoryType::LOADER_DATA
        | MemoryType::BOOT_SERVICES_CODE
        | MemoryType::BOOT_SERVICES_DATA => MemoryKind::LOADER_RECLAIMABLE,
        MemoryType::ACPI_RECLAIM => MemoryKind::ACPI_RECLAIMABLE,
        MemoryType::ACPI_NON_VOLATILE => MemoryKind::ACPI_NVS,
        MemoryType::UNUSABLE => MemoryKind::BAD,
        _ => MemoryKind::RESERVED,
    }
}

/// Allocates whole pages below 4 GiB; their contents are arbitrary.
fn allocate_pages(size_bytes: u64) -> Result<&'static mut [u8], MapError> {
    let count = usize::try_from(size_bytes.div_ceil(PAGE_SIZE)).unwrap_or(usize::MAX).max(1);
    let pages = uefi::boot::allocate_pages(
        AllocateType::MaxAddress(ALLOCATION_END - 1),
        MemoryType::LOADER_DATA,
        count,
    );
    let start = pages.map_err(|_| MapError::OutOfMemory { asked: size_bytes, largest_free: 0 })?;
    // SAFETY: the firmware has allocated them for this program, which never frees them; any bytes are valid.
    Ok(unsafe { core::slice::from_raw_parts_mut(start.as_ptr(), count * PAGE_SIZE as usize) })
}

impl platform::Memory<'static> for Memory {
    fn source(&self) -> &'static str {
        "UEFI"
    }

    fn map(&self) -> &MemoryMap {
        self.map
    }

    fn allocate(&mut self, size_bytes: u64, kind: MemoryKind) -> Result<Frames<'static>, MapError> {
        let bytes = allocate_pages(size_bytes)?;
        let start = bytes.as_ptr().addr() as u64;
        self.map.mark(start..start + bytes.len() as u64, kind)?;
        Ok(Frames::new(start, bytes))
    }
}
