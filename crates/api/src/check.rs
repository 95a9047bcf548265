//! Whether a `BootInfo` can be believed: asked once, before a kernel follows the first pointer in it.
//!
//! A loader that has an error, or memory that something has overwritten, would otherwise show as a page fault far from
//! here. What is checked is what every kernel takes for granted: that all pointers lead into the mapping of physical
//! memory, and that the memory map is sorted.

use core::ops::Range;

use farjump_x86::paging::PAGE_SIZE;

use crate::{BootInfo, MemoryRegion, ProtocolError, Slice};

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

#[cfg(test)]
mod tests {
    use crate::boot_info::tests::{boot_info, verdict};
    use crate::{
        BootInfo, KernelImage, KernelSegment, MemoryKind, MemoryRegion, Module, ProtocolError, Slice, Str,
        TimelineEntry,
    };

    /// The size of a mapping of the lower half, which holds all data of a test; its end is the first address outside.
    const MAPPED: u64 = 1 << 47;

    fn mapped() -> BootInfo {
        BootInfo { physical_memory_size: MAPPED, ..boot_info() }
    }

    /// One element that begins where the mapping ends.
    fn outside<T>() -> Slice<T> {
        // SAFETY: it is refused, and never read.
        unsafe { Slice::new(MAPPED, 1) }
    }

    fn slice_of<T>(elements: Vec<T>) -> Slice<T> {
        let elements: &'static [T] = elements.leak();
        // SAFETY: leaked, and never written again.
        unsafe { Slice::new(elements.as_ptr().expose_provenance() as u64, elements.len() as u64) }
    }

    fn text_outside() -> Str {
        // SAFETY: it is refused, and never read.
        unsafe { Str::new(MAPPED, 1) }
    }

    #[test]
    fn each_pointer_that_leads_outside_is_named() {
        let module = Module { name: Str::EMPTY, bytes: Slice::EMPTY, physical_address: 0 };
        let modules = |module| BootInfo { modules: slice_of(vec![module]), ..mapped() };
        let kernel = KernelImage { segments: outside::<KernelSegment>(), ..mapped().kernel };
        let wrong = [
            (BootInfo { memory_map: outside::<MemoryRegion>(), ..mapped() }, "the memory map"),
            (BootInfo { modules: outside::<Module>(), ..mapped() }, "the modules"),
            (BootInfo { timeline: outside::<TimelineEntry>(), ..mapped() }, "the timeline"),
            (BootInfo { kernel, ..mapped() }, "the kernel's segments"),
            (BootInfo { command_line: text_outside(), ..mapped() }, "the command line"),
            (modules(Module { name: text_outside(), ..module }), "a module's name"),
            (modules(Module { bytes: outside(), ..module }), "a module"),
        ];
        for (boot_info, what) in wrong {
            assert_eq!(verdict(&boot_info), Err(ProtocolError::Outside(what)));
        }
        assert_eq!(verdict(&modules(module)), Ok(()), "the module itself is in the mapping");
    }

    #[test]
    fn a_mapping_that_wraps_is_none() {
        let (offset, size) = (0xFFFF_8000_0000_0000, 0x8000_0000_0000_u64);
        let of_size = |physical_memory_size| {
            verdict(&BootInfo { physical_memory_offset: offset, physical_memory_size, ..boot_info() })
        };
        assert_eq!(of_size(size), Err(ProtocolError::Outside("physical memory")));
        assert_eq!(of_size(size - 1), Ok(()));
    }

    fn verdict_of_map(regions: &[(u64, u64)]) -> Result<(), ProtocolError> {
        let region = |&(start, end)| MemoryRegion { start, end, kind: MemoryKind::USABLE, reserved: 0 };
        let memory_map = slice_of(regions.iter().map(region).collect());
        verdict(&BootInfo { memory_map, ..mapped() })
    }

    #[test]
    fn regions_are_whole_pages_that_ascend_without_overlap() {
        assert_eq!(verdict_of_map(&[(0, 0x1000), (0x1000, 0x3000), (0x8000, 0x9000)]), Ok(()));
        let wrong: [(&[(u64, u64)], u64); 8] = [
            (&[(0x800, 0x1000)], 0x800),
            (&[(0x1000, 0x1801)], 0x1000),
            // Off a page by the same bytes at both ends.
            (&[(0x1001, 0x2001)], 0x1001),
            (&[(0x1000, 0x1000)], 0x1000),
            (&[(0x2000, 0x1000)], 0x2000),
            (&[(0, 0x2000), (0x1000, 0x3000)], 0x1000),
            (&[(0x4000, 0x5000), (0, 0x1000)], 0),
            (&[(0, 0x2000), (0x2000, 0x3000), (0x1000, 0x4000)], 0x1000),
        ];
        for (regions, start) in wrong {
            assert_eq!(verdict_of_map(regions), Err(ProtocolError::MemoryMap(start)), "{regions:x?}");
        }
    }
}
