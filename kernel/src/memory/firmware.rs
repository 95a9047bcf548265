//! The firmware's memory, read where the loader has mapped all physical memory.
//!
//! What is read has to be mapped (above 4 GiB only RAM is), and must not be memory that the kernel may write.

use farjump_api::{BootInfo, MemoryKind};

use crate::boot;

/// Returns the `size` bytes at this physical address, if they are mapped and none of them is the kernel's.
pub(crate) fn bytes(address: u64, size: usize) -> Option<&'static [u8]> {
    let boot_info = boot::info()?;
    let end = address.checked_add(size as u64).filter(|end| boot_info.maps(address..*end))?;
    if is_the_kernels(boot_info, address, end) {
        return None;
    }
    let first = core::ptr::with_exposed_provenance((boot_info.physical_memory_offset + address) as usize);
    // SAFETY: the loader has mapped it there, and the kernel writes no memory that isn't its own.
    Some(unsafe { core::slice::from_raw_parts(first, size) })
}

/// Returns whether the kernel has any of `start..end`, or may get it from the allocator of frames.
fn is_the_kernels(boot_info: &BootInfo, start: u64, end: u64) -> bool {
    let kinds = [MemoryKind::USABLE, MemoryKind::LOADER_RECLAIMABLE, MemoryKind::KERNEL, MemoryKind::MODULE];
    let regions = boot_info.memory_map.get().iter().filter(|region| kinds.contains(&region.kind));
    regions.into_iter().any(|region| region.start < end && start < region.end)
}
