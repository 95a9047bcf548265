//! Where the kernel itself was put.

use crate::Slice;

/// The kernel in memory.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct KernelImage {
    /// The loaded segments, ascending in virtual memory.
    pub segments: Slice<KernelSegment>,
    /// Virtual address at which execution began.
    pub entry: u64,
    /// What was added to the ELF file's addresses: zero unless the kernel is position independent.
    pub load_bias: u64,
    /// Virtual address of the end of the first stack. It grows down from here.
    pub stack_top: u64,
    /// Bytes of stack; the page below the last one isn't mapped.
    pub stack_size: u64,
    /// Physical address of the PML4 that CR3 holds.
    pub page_table: u64,
    /// The one page of the loader's that is still mapped, executable, at its physical address: the jump
    /// came from there. The kernel may unmap it.
    pub trampoline_page: u64,
}

/// A segment of the kernel.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KernelSegment {
    /// First virtual address, rounded down to a page.
    pub virtual_address: u64,
    /// The frame it is mapped to; the frames of a segment are contiguous.
    pub physical_address: u64,
    /// Bytes, rounded up to whole pages.
    pub size: u64,
    /// How it is mapped.
    pub flags: SegmentFlags,
    /// Zero.
    pub reserved: u32,
}

impl KernelSegment {
    /// The segment as it stands in memory, all fields little-endian.
    #[must_use]
    pub fn to_bytes(self) -> [u8; size_of::<Self>()] {
        let mut bytes = [0; size_of::<Self>()];
        bytes[0..8].copy_from_slice(&self.virtual_address.to_le_bytes());
        bytes[8..16].copy_from_slice(&self.physical_address.to_le_bytes());
        bytes[16..24].copy_from_slice(&self.size.to_le_bytes());
        bytes[24..28].copy_from_slice(&self.flags.bits().to_le_bytes());
        bytes[28..32].copy_from_slice(&self.reserved.to_le_bytes());
        bytes
    }

    /// The segment that stands in memory so.
    #[must_use]
    pub fn from_bytes(bytes: &[u8; size_of::<Self>()]) -> Self {
        let (words, _) = bytes.as_chunks::<8>();
        let [a, b, c, d, e, f, g, h] = words[3];
        Self {
            virtual_address: u64::from_le_bytes(words[0]),
            physical_address: u64::from_le_bytes(words[1]),
            size: u64::from_le_bytes(words[2]),
            flags: SegmentFlags::from_bits_retain(u32::from_le_bytes([a, b, c, d])),
            reserved: u32::from_le_bytes([e, f, g, h]),
        }
    }
}

bitflags::bitflags! {
    /// How a segment is mapped: the bits of an ELF program header's `p_flags`.
    ///
    /// Source: System V ABI, "Program Header", Segment Flag Bits.
    #[repr(transparent)]
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub struct SegmentFlags: u32 {
        /// May be executed.
        const EXECUTE = 1;
        /// May be written.
        const WRITE = 2;
        /// May be read.
        const READ = 4;
    }
}

const _: () = assert!(size_of::<KernelImage>() == 64);
const _: () = assert!(size_of::<KernelSegment>() == 32);
