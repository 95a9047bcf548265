//! The physical memory map, with the memory that the loader has allocated.

use boot_layout::{BASE_MEMORY_END, BIOS_CALL, REGIONS};
use farjump_api::MemoryKind;
use farjump_loader::console::Log;
use farjump_loader::memory_map::{FirmwareRegion, MapError, MemoryMap};
use farjump_loader::platform::{self, Frames};

use crate::bios::memory_map::{Source, query};
use crate::memory::{self, to_usize};
use crate::platform::BootConsole;

/// The maximum number of entries that are read from the firmware.
const MAX_FIRMWARE_ENTRIES: usize = 512;

static MEMORY_MAP: spin::Mutex<MemoryMap> = spin::Mutex::new(MemoryMap::new());
static FIRMWARE_ENTRIES: spin::Mutex<[FirmwareRegion; MAX_FIRMWARE_ENTRIES]> =
    spin::Mutex::new([FirmwareRegion { start: 0, length: 0, kind: 0, attributes: 0 }; MAX_FIRMWARE_ENTRIES]);

/// The memory map, and the service that returned it.
pub(crate) struct Memory {
    source: Source,
    map: &'static mut MemoryMap,
}

impl Memory {
    /// Asks the firmware for the memory map, and marks the loader's own memory.
    pub(crate) fn find(log: &mut Log<BootConsole>) -> Result<Self, MapError> {
        let map = spin::MutexGuard::leak(MEMORY_MAP.lock());
        let mut entries = FIRMWARE_ENTRIES.lock();
        let (source, count) = query(&mut *entries, log)?;
        map.set_from_firmware(&entries[..count])?;
        warn_of_reserved_memory(map, log);
        map.mark_usable(BIOS_CALL.start..BASE_MEMORY_END, MemoryKind::LOADER_RECLAIMABLE)?;
        Ok(Self { source, map })
    }
}

/// Logs a warning for each region of the loader that the firmware reserves. The loader uses these regions before it can
/// ask the firmware, so one of the two overwrites the other's data.
fn warn_of_reserved_memory(map: &MemoryMap, log: &mut Log<BootConsole>) {
    for region in REGIONS {
        if let Some(reserved) = map.first_reserved(region.range.clone()) {
            log.info(format_args!(
                "warning: the firmware reserves {reserved:#x?}, and the loader uses {:#x?} ({})",
                region.range, region.name
            ));
        }
    }
}

impl platform::Memory<'static> for Memory {
    fn source(&self) -> &'static str {
        self.source.name()
    }

    fn map(&self) -> &MemoryMap {
        self.map
    }

    fn allocate(&mut self, size_bytes: u64, kind: MemoryKind) -> Result<Frames<'static>, MapError> {
        let size = size_bytes.max(1).next_multiple_of(farjump_loader::PAGE_SIZE);
        let start = self.map.allocate(size, kind)?;
        // SAFETY: the map has just allocated these frames, which are never freed, and there is no other reference to them.
        let bytes = unsafe { memory::slice_mut(start, to_usize(size)) };
        Ok(Frames::new(start, bytes))
    }
}
