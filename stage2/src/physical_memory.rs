//! What physical memory there is, and what of it the loader has taken.

use boot_layout::{BASE_MEMORY_END, BIOS_CALL};
use farjump_api::MemoryKind;
use farjump_loader::memory_map::{FirmwareRegion, MapError, MemoryMap};

use crate::bios::memory_map::{Source, query};
use crate::memory::Frames;

/// Most entries that are taken from the firmware.
const MAX_FIRMWARE_ENTRIES: usize = 512;

static MEMORY_MAP: spin::Mutex<MemoryMap> = spin::Mutex::new(MemoryMap::new());
static FIRMWARE_ENTRIES: spin::Mutex<[FirmwareRegion; MAX_FIRMWARE_ENTRIES]> =
    spin::Mutex::new([FirmwareRegion { start: 0, length: 0, kind: 0, attributes: 0 }; MAX_FIRMWARE_ENTRIES]);

/// Asks the firmware, and marks what the loader itself lies in.
pub(crate) fn find() -> Result<(Source, &'static mut MemoryMap), MapError> {
    let map = spin::MutexGuard::leak(MEMORY_MAP.lock());
    let mut entries = FIRMWARE_ENTRIES.lock();
    let (source, count) = query(&mut *entries)?;
    map.set_from_firmware(&entries[..count])?;
    map.mark_usable(BIOS_CALL.start..BASE_MEMORY_END, MemoryKind::LOADER_RECLAIMABLE)?;
    Ok((source, map))
}

/// Takes whole frames for `size_bytes` out of the map. What is in them is whatever was there.
pub(crate) fn allocate(map: &mut MemoryMap, size_bytes: u64, kind: MemoryKind) -> Result<Frames, MapError> {
    let size = size_bytes.max(1).next_multiple_of(farjump_loader::PAGE_SIZE);
    let start = map.allocate(size, kind)?;
    // SAFETY: just allocated, and wrapped here alone.
    Ok(unsafe { Frames::new(start..start + size) })
}
