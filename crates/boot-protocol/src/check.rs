//! Whether a `BootInfo` can be believed: asked once, before a kernel follows the first pointer in it.
//!
//! A loader that has an error, or memory that something has overwritten, would otherwise show as a page fault far from
//! here. What is checked is what every kernel takes for granted: that all pointers lead into the mapping of physical
//! memory, and that the memory map is sorted.

use core::ops::Range;

use crate::{BootInfo, MemoryRegion, ProtocolError, Slice};

/// What the memory map is made of: whole pages.
const PAGE_SIZE: u64 = 4096;

impl BootInfo {
    /// Follows every pointer.
    pub(crate) fn check(&self) -> Result<(), ProtocolError> {
        let end = self.physical_memory_offset.checked_add(self.physical_memory_size);
        let mapping = self.physical_memory_offset..end.ok_or(ProtocolError::Outside("physical memory"))?;
        lies_in(&self.memory_map, &mapping, "the memory map")?;
        lies_in(&self.modules, &mapping, "the modules")?;
        lies_in(&self.timeline, &mapping, "the timeline")?;
        lies_in(&self.kernel.segments, &mapping, "the kernel's segments")?;
        lies_in(self.command_line.bytes(), &mapping, "the command line")?;
        lies_in(&self.signed_files, &mapping, "the signed files")?;
        for file in self.signed_files.get() {
            lies_in(file.path.bytes(), &mapping, "a signed file's path")?;
        }
        for module in self.modules.get() {
            lies_in(module.name.bytes(), &mapping, "a module's name")?;
            lies_in(&module.bytes, &mapping, "a module")?;
        }
        check_map(self.memory_map.get())
    }
}

fn lies_in<T>(slice: &Slice<T>, mapping: &Range<u64>, what: &'static str) -> Result<(), ProtocolError> {
    if slice.lies_in(mapping) { Ok(()) } else { Err(ProtocolError::Outside(what)) }
}

/// Regions are whole pages, none is empty, and they ascend without overlap.
fn check_map(map: &[MemoryRegion]) -> Result<(), ProtocolError> {
    let mut end = 0;
    for region in map {
        let is_aligned = (region.start | region.end).is_multiple_of(PAGE_SIZE);
        if !is_aligned || region.start < end || region.end <= region.start {
            return Err(ProtocolError::MemoryMap(region.start));
        }
        end = region.end;
    }
    Ok(())
}
