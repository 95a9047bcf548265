//! ACPI's tables, in the firmware's memory.
//!
//! A firmware may say of a table that it is anywhere. What is read has to be in the mapping of physical memory, which
//! above 4 GiB has RAM alone, and must not be memory that the kernel may write.

pub use farjump_acpi_tables::{Error, Signature, Tables, fadt, madt};

use farjump_acpi_tables::PhysicalMemory;
use farjump_api::{BootInfo, MemoryKind};

/// The machine's tables.
///
/// # Errors
/// [`Error`]: there are none, or they are damaged.
pub fn tables() -> Result<Tables<'static>, Error> {
    tables_from(crate::boot::info().map_or(0, |boot_info| boot_info.rsdp_address))
}

/// The tables that an RSDP at this physical address leads to; zero means that there is none.
///
/// # Errors
/// As for [`tables`].
pub fn tables_from(rsdp_address: u64) -> Result<Tables<'static>, Error> {
    Tables::open(&FirmwareMemory, rsdp_address)
}

/// All mapped memory but what the kernel has or may get.
struct FirmwareMemory;

impl PhysicalMemory for FirmwareMemory {
    fn bytes(&self, address: u64, size: usize) -> Option<&[u8]> {
        let boot_info = crate::boot::info()?;
        let end = address.checked_add(size as u64).filter(|end| boot_info.maps(address..*end))?;
        if is_the_kernels(boot_info, address, end) {
            return None;
        }
        let first = core::ptr::with_exposed_provenance((boot_info.physical_memory_offset + address) as usize);
        // SAFETY: the loader has mapped it there, and the kernel writes no memory that isn't its own.
        Some(unsafe { core::slice::from_raw_parts(first, size) })
    }
}

/// Whether the kernel has any of `start..end`, or may get it from the allocator of frames.
fn is_the_kernels(boot_info: &BootInfo, start: u64, end: u64) -> bool {
    let kinds = [MemoryKind::USABLE, MemoryKind::LOADER_RECLAIMABLE, MemoryKind::KERNEL, MemoryKind::MODULE];
    let regions = boot_info.memory_map.get().iter().filter(|region| kinds.contains(&region.kind));
    regions.into_iter().any(|region| region.start < end && start < region.end)
}
