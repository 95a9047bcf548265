//! The state at the jump, as the CPU and a kernel see it: memory by virtual address, and the BootInfo in it.

use core::mem::offset_of;

use farjump_api::{
    BootInfo, KernelImage, KernelSegment, MemoryKind, MemoryRegion, Module, SegmentFlags, TimelineEntry,
};
use farjump_loader::Entry;

use crate::ram::Ram;

/// Bits of a page-table entry. Source: Intel SDM vol. 3A, "4-Level Paging".
mod bit {
    pub(super) const PRESENT: u64 = 1 << 0;
    pub(super) const WRITABLE: u64 = 1 << 1;
    pub(super) const LARGE: u64 = 1 << 7;
    pub(super) const NO_EXECUTE: u64 = 1 << 63;
    pub(super) const ADDRESS: u64 = 0x000F_FFFF_FFFF_F000;
}

/// The mapping of an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page {
    /// Physical address.
    pub physical: u64,
    /// Bytes up to the page's end.
    pub rest: u64,
    /// Whether it may be written.
    pub writable: bool,
    /// Whether it may be executed.
    pub executable: bool,
}

/// A machine at the jump to a kernel.
#[derive(Debug, Clone, Copy)]
pub struct Kernel<'r> {
    ram: &'r Ram,
    /// How the kernel is entered.
    pub entry: Entry,
}

/// The data that a kernel receives, without physical addresses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// Virtual address of the first instruction.
    pub entry: u64,
    /// Each segment's first virtual address, its flags and its bytes.
    pub segments: Vec<(u64, SegmentFlags, Vec<u8>)>,
    /// Path and bytes of each module.
    pub modules: Vec<(String, Vec<u8>)>,
    /// The command line.
    pub command_line: String,
}

impl<'r> Kernel<'r> {
    /// Returns the machine whose memory is `ram`.
    #[must_use]
    pub const fn new(ram: &'r Ram, entry: Entry) -> Self {
        Self { ram, entry }
    }

    /// Walks the page tables. Returns `None` if the address isn't mapped.
    #[must_use]
    pub fn translate(&self, address: u64) -> Option<Page> {
        let Entry::LongMode { page_table, .. } = self.entry;
        let (mut table, mut writable, mut executable) = (page_table, true, true);
        for level in (0..4).rev() {
            let shift = 12 + 9 * level;
            let entry = self.physical_u64(table + (address >> shift & 0x1FF) * 8)?;
            if entry & bit::PRESENT == 0 {
                return None;
            }
            writable &= entry & bit::WRITABLE != 0;
            executable &= entry & bit::NO_EXECUTE == 0;
            if level == 0 || entry & bit::LARGE != 0 {
                let offset = address & ((1 << shift) - 1);
                let physical = (entry & bit::ADDRESS & !((1 << shift) - 1)) + offset;
                return Some(Page { physical, rest: (1 << shift) - offset, writable, executable });
            }
            table = entry & bit::ADDRESS;
        }
        None
    }

    /// Returns the `len` bytes at a virtual address; `None` if not all of them are mapped to memory.
    #[must_use]
    pub fn read(&self, address: u64, len: u64) -> Option<Vec<u8>> {
        let mut bytes = Vec::new();
        while (bytes.len() as u64) < len {
            let done = bytes.len() as u64;
            let page = self.translate(address.checked_add(done)?)?;
            let count = usize::try_from(page.rest.min(len - done)).ok()?;
            bytes.extend_from_slice(self.ram.get(page.physical, count)?);
        }
        Some(bytes)
    }

    /// Returns the address of the BootInfo, which is in RDI.
    #[must_use]
    pub const fn boot_info(&self) -> u64 {
        let Entry::LongMode { argument, .. } = self.entry;
        argument
    }

    /// Returns the word at this offset in the BootInfo.
    #[must_use]
    pub fn field(&self, offset: usize) -> Option<u64> {
        self.u64_at(self.boot_info() + offset as u64)
    }

    /// Returns the bytes of the BootInfo, whose number is in its `size`.
    #[must_use]
    pub fn boot_info_bytes(&self) -> Option<Vec<u8>> {
        let size = self.field(offset_of!(BootInfo, version))? >> 32;
        self.read(self.boot_info(), size)
    }

    /// Returns the memory map.
    #[must_use]
    pub fn memory_map(&self) -> Option<Vec<MemoryRegion>> {
        let entries = self
            .slice(self.boot_info() + offset_of!(BootInfo, memory_map) as u64, size_of::<MemoryRegion>())?;
        let kind = offset_of!(MemoryRegion, kind);
        let region = |entry: &[u8]| {
            let word = |at: usize| Some(u64::from_le_bytes(*entry.get(at..)?.first_chunk()?));
            let [start, end] = [offset_of!(MemoryRegion, start), offset_of!(MemoryRegion, end)].map(word);
            let kind = u32::from_le_bytes(*entry.get(kind..)?.first_chunk()?);
            Some(MemoryRegion::new(start?..end?, MemoryKind(kind)))
        };
        entries.chunks_exact(size_of::<MemoryRegion>()).map(region).collect()
    }

    /// Returns the phases of the timeline.
    #[must_use]
    pub fn phases(&self) -> Option<Vec<u32>> {
        let entries =
            self.slice(self.boot_info() + offset_of!(BootInfo, timeline) as u64, size_of::<TimelineEntry>())?;
        let phase = |entry: &[u8]| Some(u32::from_le_bytes(*entry.first_chunk()?));
        entries.chunks_exact(size_of::<TimelineEntry>()).map(phase).collect()
    }

    /// Returns the kernel's segments.
    #[must_use]
    pub fn segments(&self) -> Option<Vec<KernelSegment>> {
        let place = offset_of!(BootInfo, kernel) + offset_of!(KernelImage, segments);
        let table = self.slice(self.boot_info() + place as u64, size_of::<KernelSegment>())?;
        Some(table.as_chunks().0.iter().map(KernelSegment::from_bytes).collect())
    }

    /// Returns all data that the kernel receives.
    #[must_use]
    pub fn snapshot(&self) -> Option<Snapshot> {
        let Entry::LongMode { entry, .. } = self.entry;
        let bytes_of = |segment: KernelSegment| {
            Some((segment.virtual_address, segment.flags, self.read(segment.virtual_address, segment.size)?))
        };
        let modules =
            self.slice(self.boot_info() + offset_of!(BootInfo, modules) as u64, size_of::<Module>())?;
        let modules = modules.as_chunks::<{ size_of::<Module>() }>().0.iter().map(|module| {
            let pair = |at: usize| {
                let word = |at: usize| Some(u64::from_le_bytes(*module.get(at..)?.first_chunk()?));
                self.read(word(at)?, word(at + 8)?)
            };
            let name = String::from_utf8(pair(offset_of!(Module, name))?).ok()?;
            Some((name, pair(offset_of!(Module, bytes))?))
        });
        let command_line = self.slice(self.boot_info() + offset_of!(BootInfo, command_line) as u64, 1)?;
        Some(Snapshot {
            entry,
            segments: self.segments()?.into_iter().map(bytes_of).collect::<Option<_>>()?,
            modules: modules.collect::<Option<_>>()?,
            command_line: String::from_utf8(command_line).ok()?,
        })
    }

    /// Returns the bytes of a slice of elements of this size, whose address and count are at `place`.
    fn slice(&self, place: u64, element_size: usize) -> Option<Vec<u8>> {
        let (address, count) = (self.u64_at(place)?, self.u64_at(place + 8)?);
        self.read(address, count.checked_mul(element_size as u64)?)
    }

    fn u64_at(&self, address: u64) -> Option<u64> {
        Some(u64::from_le_bytes(*self.read(address, 8)?.first_chunk()?))
    }

    fn physical_u64(&self, address: u64) -> Option<u64> {
        Some(u64::from_le_bytes(*self.ram.get(address, 8)?.first_chunk()?))
    }
}
