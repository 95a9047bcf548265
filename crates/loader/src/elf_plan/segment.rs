//! One segment of a kernel, and whether it is one that can be loaded.

use core::ops::Range;

use elf::segment::ProgramHeader;
use farjump_api::SegmentFlags;

use super::SegmentError;
use crate::PAGE_SIZE;

/// A part of the kernel's memory, and the part of the file that is read into it.
///
/// The file's bytes go to `virtual_address`. Zeros follow them, and fill the page before them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segment {
    /// First virtual address, load bias included; not rounded to a page.
    pub virtual_address: u64,
    /// The segment's bytes in the file; may be empty.
    pub file_range: Range<u64>,
    /// Bytes in memory: more than zero, and no fewer than in the file.
    pub memory_size: u64,
    /// How it must be mapped.
    pub flags: SegmentFlags,
}

impl Segment {
    /// Returns the segment that a `PT_LOAD` header describes, moved by `load_bias`.
    pub(super) fn new(header: &ProgramHeader, load_bias: u64) -> Self {
        Self {
            virtual_address: header.p_vaddr.wrapping_add(load_bias),
            file_range: header.p_offset..header.p_offset.saturating_add(header.p_filesz),
            memory_size: header.p_memsz,
            flags: SegmentFlags::from_bits_truncate(header.p_flags),
        }
    }

    /// Returns the virtual addresses. In a segment that hasn't been checked, they may wrap around.
    #[must_use]
    pub fn range(&self) -> Range<u64> {
        self.virtual_address..self.virtual_address.saturating_add(self.memory_size)
    }

    /// Returns the virtual addresses of the pages that the segment needs, multiples of 4096.
    #[must_use]
    pub fn page_range(&self) -> Range<u64> {
        let Range { start, end } = self.range();
        // The end of the last page of the address space would overflow: `check` rejects segments there.
        start & !(PAGE_SIZE - 1)..end.checked_next_multiple_of(PAGE_SIZE).unwrap_or(u64::MAX)
    }

    /// Returns the virtual addresses whose bytes come from the file.
    pub(super) fn file_backed(&self) -> Range<u64> {
        let size = self.file_range.end - self.file_range.start;
        self.virtual_address..self.virtual_address.saturating_add(size)
    }

    /// Checks whether the segment can be loaded from a file of `file_size` bytes.
    pub(super) fn check(&self, header: &ProgramHeader, file_size: u64) -> Result<(), SegmentError> {
        let address = self.virtual_address;
        if header.p_filesz > header.p_memsz {
            return Err(SegmentError::FileLargerThanMemory {
                address,
                file: header.p_filesz,
                memory: header.p_memsz,
            });
        }
        match header.p_offset.checked_add(header.p_filesz) {
            Some(end) if end <= file_size => {}
            _ => return Err(SegmentError::PastFileEnd { address, offset: header.p_offset, file_size }),
        }
        if self.flags.contains(SegmentFlags::WRITE | SegmentFlags::EXECUTE) {
            return Err(SegmentError::WritableAndExecutable(address));
        }
        let last_page_start = 0u64.wrapping_sub(PAGE_SIZE);
        let end = address.checked_add(self.memory_size).filter(|end| *end <= last_page_start);
        if !end.is_some_and(|end| is_canonical(address, end - 1)) {
            return Err(SegmentError::NotCanonical { address, size: self.memory_size });
        }
        if address < PAGE_SIZE { Err(SegmentError::PageZero(address)) } else { Ok(()) }
    }
}

/// Returns whether all addresses from `first` to `last` are canonical: bits 47 to 63 are the same.
///
/// Source: Intel SDM vol. 1, "Canonical Addressing", 48-bit linear addresses.
fn is_canonical(first: u64, last: u64) -> bool {
    const LOWER_HALF_END: u64 = 1 << 47;
    last < LOWER_HALF_END || first >= LOWER_HALF_END.wrapping_neg()
}

/// Returns whether `address` is canonical and in the higher half.
pub(super) fn is_higher_half(address: u64) -> bool {
    address >= (1u64 << 47).wrapping_neg()
}
