//! What a kernel requests of the loader: a note in the kernel's ELF file.
//!
//! A note, because a `PT_NOTE` program header leads to it in every layout that a linker may choose: the loader finds it
//! without a section table, and before it has loaded anything.
//!
//! Source: System V ABI, "Note Section".

use crate::virtual_memory::PHYSICAL_MEMORY;

/// Name of the note's owner, with the final NUL that the ABI counts.
pub const NOTE_NAME: [u8; 8] = *b"farjump\0";

/// The note's type: its descriptor is a [`KernelRequests`].
pub const NOTE_TYPE_REQUESTS: u32 = 1;

/// What a kernel requests of the loader. A kernel without this note gets [`KernelRequests::DEFAULT`].
///
/// Either side may be older. The loader takes defaults for fields past `size`, and ignores fields and flags that it
/// doesn't know. New fields are only ever added at the end.
///
/// No field is wider than 32 bits, because a note's descriptor is only 4-byte aligned; an address has a lower and an
/// upper half.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KernelRequests {
    /// [`Self::MAGIC`].
    pub magic: [u8; 8],
    /// Version of the protocol that the kernel was built for: [`BootInfo::VERSION`](crate::BootInfo::VERSION).
    pub version: u32,
    /// Bytes of this structure that the kernel knows of.
    pub size: u32,
    /// Bytes of stack, rounded up to whole pages.
    pub stack_size: u32,
    /// What the loader looks for only if it is requested.
    pub flags: RequestFlags,
    /// Lower half of the virtual address at which all physical memory is mapped.
    pub physical_memory_low: u32,
    /// Upper half of it.
    pub physical_memory_high: u32,
}

bitflags::bitflags! {
    /// What the loader looks for only if it is requested, because looking for it takes time.
    #[repr(transparent)]
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub struct RequestFlags: u32 {
        /// The SMBIOS entry point: [`BootInfo::smbios_address`](crate::BootInfo::smbios_address).
        const SMBIOS = 1 << 0;
    }
}

/// Indices of the descriptor's words of 4 bytes, from the version on.
mod word {
    pub(super) const VERSION: usize = 2;
    pub(super) const SIZE: usize = 3;
    pub(super) const STACK_SIZE: usize = 4;
    pub(super) const FLAGS: usize = 5;
    pub(super) const PHYSICAL_MEMORY_LOW: usize = 6;
    pub(super) const PHYSICAL_MEMORY_HIGH: usize = 7;
}

impl KernelRequests {
    /// What every descriptor begins with.
    pub const MAGIC: [u8; 8] = *b"REQUESTS";

    /// Bytes that every version of this structure has: magic, version, size.
    pub const PREFIX_SIZE: usize = 16;

    /// What a kernel gets that requests nothing else.
    pub const DEFAULT: Self = Self {
        magic: Self::MAGIC,
        version: crate::BootInfo::VERSION,
        size: size_of::<Self>() as u32,
        stack_size: 64 << 10,
        flags: RequestFlags::empty(),
        physical_memory_low: 0,
        physical_memory_high: 0,
    }
    .with_physical_memory_at(PHYSICAL_MEMORY);

    /// Returns the same requests with physical memory mapped at `virtual_address`: canonical, in the higher half, a
    /// multiple of 1 GiB.
    #[must_use]
    pub const fn with_physical_memory_at(mut self, virtual_address: u64) -> Self {
        let [a, b, c, d, e, f, g, h] = virtual_address.to_le_bytes();
        self.physical_memory_low = u32::from_le_bytes([a, b, c, d]);
        self.physical_memory_high = u32::from_le_bytes([e, f, g, h]);
        self
    }

    /// Returns the virtual address at which all physical memory is to be mapped.
    #[must_use]
    pub const fn physical_memory(&self) -> u64 {
        (self.physical_memory_high as u64) << 32 | self.physical_memory_low as u64
    }

    /// Reads the requests from a note's descriptor. Fields past the stated size get their defaults, and what a newer
    /// kernel has past the end of this structure is ignored. Neither magic nor version is checked.
    ///
    /// `None`: the descriptor is shorter than its size says, or too short for magic, version and size.
    #[must_use]
    pub fn from_descriptor(descriptor: &[u8]) -> Option<Self> {
        let magic = *descriptor.first_chunk()?;
        let (words, _) = descriptor.as_chunks::<4>();
        let (version, size) =
            (u32::from_le_bytes(*words.get(word::VERSION)?), u32::from_le_bytes(*words.get(word::SIZE)?));
        let stated = descriptor.get(..size as usize).filter(|stated| stated.len() >= Self::PREFIX_SIZE)?;
        let (words, _) = stated.as_chunks::<4>();
        let word =
            |index: usize, default: u32| words.get(index).map_or(default, |word| u32::from_le_bytes(*word));
        let default = Self::DEFAULT;
        Some(Self {
            magic,
            version,
            size,
            stack_size: word(word::STACK_SIZE, default.stack_size),
            flags: RequestFlags::from_bits_retain(word(word::FLAGS, default.flags.bits())),
            physical_memory_low: word(word::PHYSICAL_MEMORY_LOW, default.physical_memory_low),
            physical_memory_high: word(word::PHYSICAL_MEMORY_HIGH, default.physical_memory_high),
        })
    }
}

/// The whole note, as `entry_point!` puts it into the section `.note.farjump`.
#[repr(C, align(4))]
#[derive(Debug)]
pub struct RequestsNote {
    name_size: u32,
    descriptor_size: u32,
    note_type: u32,
    name: [u8; 8],
    requests: KernelRequests,
}

impl RequestsNote {
    /// Makes the note for `requests`.
    #[must_use]
    pub const fn new(requests: KernelRequests) -> Self {
        Self {
            name_size: NOTE_NAME.len() as u32,
            descriptor_size: KernelRequests::DEFAULT.size,
            note_type: NOTE_TYPE_REQUESTS,
            name: NOTE_NAME,
            requests,
        }
    }
}

// Kernels in other languages write the structure by these offsets: docs/boot-protocol.md lists them.
const _: () = {
    use core::mem::offset_of;
    assert!(size_of::<KernelRequests>() == 32);
    assert!(align_of::<KernelRequests>() == 4);
    assert!(offset_of!(KernelRequests, version) == 4 * word::VERSION);
    assert!(offset_of!(KernelRequests, size) == 4 * word::SIZE);
    assert!(offset_of!(KernelRequests, stack_size) == 4 * word::STACK_SIZE);
    assert!(offset_of!(KernelRequests, flags) == 4 * word::FLAGS);
    assert!(offset_of!(KernelRequests, physical_memory_low) == 4 * word::PHYSICAL_MEMORY_LOW);
    assert!(offset_of!(KernelRequests, physical_memory_high) == 4 * word::PHYSICAL_MEMORY_HIGH);
    assert!(size_of::<RequestsNote>() == 12 + 8 + 32);
};

#[cfg(test)]
mod tests {
    use super::*;

    fn descriptor(words: &[u32]) -> Vec<u8> {
        let words = words.iter().flat_map(|word| word.to_le_bytes());
        KernelRequests::MAGIC.into_iter().chain(words).collect()
    }

    #[test]
    fn the_default_mapping_is_the_one_the_layout_documents() {
        assert_eq!(KernelRequests::DEFAULT.physical_memory(), 0xFFFF_8000_0000_0000);
        let requests = KernelRequests::DEFAULT.with_physical_memory_at(0xFFFF_9000_4000_0000);
        assert_eq!(requests.physical_memory(), 0xFFFF_9000_4000_0000);
    }

    #[test]
    fn an_older_kernel_gets_defaults_for_what_it_does_not_know() {
        let requests = KernelRequests::from_descriptor(&descriptor(&[2, 20, 0x8000])).unwrap();
        assert_eq!(requests, KernelRequests { size: 20, stack_size: 0x8000, ..KernelRequests::DEFAULT });
        let requests = KernelRequests::from_descriptor(&descriptor(&[2, 16])).unwrap();
        assert_eq!(requests, KernelRequests { size: 16, ..KernelRequests::DEFAULT });
    }

    #[test]
    fn what_a_newer_kernel_requests_beyond_this_structure_is_ignored() {
        let words = descriptor(&[2, 40, 0x8000, 0xFFFF_FFFF, 1, 2, 3, 4]);
        let requests = KernelRequests::from_descriptor(&words).unwrap();
        assert_eq!((requests.size, requests.physical_memory()), (40, 0x2_0000_0001));
        assert!(requests.flags.contains(RequestFlags::SMBIOS), "flags of the future beside those of today");
    }

    #[test]
    fn the_default_is_what_the_protocol_documents() {
        let KernelRequests { magic, version, size, stack_size, flags, .. } = KernelRequests::DEFAULT;
        assert_eq!((&magic, version, size, stack_size, flags.bits()), (b"REQUESTS", 2, 32, 65_536, 0));
        assert_eq!(KernelRequests::DEFAULT.physical_memory_low, 0);
        assert_eq!(KernelRequests::DEFAULT.physical_memory_high, 0xFFFF_8000);
        assert_eq!(RequestFlags::SMBIOS.bits(), 1);
    }

    /// What follows the stated size in the note belongs to something else.
    #[test]
    fn a_field_counts_only_if_the_stated_size_has_all_of_it() {
        let words = |size| descriptor(&[7, size, 0x8000, 9, 0x4000_0000, 0xFFFF_9000]);
        for size in 16..=32 {
            let requests = KernelRequests::from_descriptor(&words(size)).unwrap();
            let default = KernelRequests::DEFAULT;
            let field =
                |index: u32, stated: u32, default: u32| if size >= 4 * index + 4 { stated } else { default };
            let expected = KernelRequests {
                magic: *b"REQUESTS",
                version: 7,
                size,
                stack_size: field(4, 0x8000, default.stack_size),
                flags: RequestFlags::from_bits_retain(field(5, 9, default.flags.bits())),
                physical_memory_low: field(6, 0x4000_0000, default.physical_memory_low),
                physical_memory_high: field(7, 0xFFFF_9000, default.physical_memory_high),
            };
            assert_eq!(requests, expected, "a size of {size}");
        }
        for size in (0..16).chain([33, u32::MAX]) {
            assert_eq!(KernelRequests::from_descriptor(&words(size)), None, "a size of {size}");
        }
    }

    #[test]
    fn the_note_has_the_name_the_type_and_the_size_that_a_loader_looks_for() {
        let RequestsNote { name_size, descriptor_size, note_type, name, requests } =
            RequestsNote::new(KernelRequests { stack_size: 5, ..KernelRequests::DEFAULT });
        assert_eq!((name_size, descriptor_size, note_type, &name), (8, 32, 1, b"farjump\0"));
        assert_eq!(requests, KernelRequests { stack_size: 5, ..KernelRequests::DEFAULT });
    }

    #[test]
    fn a_descriptor_that_is_cut_off_requests_nothing() {
        assert_eq!(KernelRequests::from_descriptor(b""), None);
        assert_eq!(KernelRequests::from_descriptor(&descriptor(&[2])), None);
        assert_eq!(KernelRequests::from_descriptor(&descriptor(&[2, 32, 0x8000])), None);
    }
}
