//! What a kernel wishes of the loader: a note in the kernel's ELF file.
//!
//! A note, because a `PT_NOTE` program header leads to it in every layout that a linker may choose, and
//! because it lies in a loaded segment: the loader finds it without a section table and without reading
//! a byte of the disk for it.
//!
//! Source: System V ABI, "Note Section".

use crate::virtual_memory::PHYSICAL_MEMORY;

/// Name of the note's owner, with the final NUL that the ABI counts.
pub const NOTE_NAME: [u8; 8] = *b"farjump\0";

/// The note's type: its descriptor is a [`Wishes`].
pub const NOTE_TYPE_WISHES: u32 = 1;

/// What a kernel wishes of the loader. A kernel without this note gets [`Wishes::DEFAULT`].
///
/// All fields are 32 bits wide, because a note's descriptor is only 4-byte aligned; an address is given
/// in its upper and lower half.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wishes {
    /// Version of the protocol that the kernel was built for: [`BootInfo::VERSION`](crate::BootInfo).
    pub protocol_version: u32,
    /// Bytes of this structure that the kernel knows of; the loader takes defaults for the rest.
    pub size: u32,
    /// Bytes of stack, rounded up to whole pages.
    pub stack_size: u32,
    /// Zero.
    pub reserved: u32,
    /// Lower half of the virtual address at which all physical memory is mapped.
    pub physical_memory_low: u32,
    /// Upper half of it.
    pub physical_memory_high: u32,
}

impl Wishes {
    /// What a kernel gets that wishes for nothing.
    pub const DEFAULT: Self = Self {
        protocol_version: crate::BootInfo::VERSION,
        size: size_of::<Self>() as u32,
        stack_size: 64 << 10,
        reserved: 0,
        physical_memory_low: 0,
        physical_memory_high: 0,
    }
    .with_physical_memory_at(PHYSICAL_MEMORY);

    /// The same wishes, with physical memory mapped at `virtual_address`: canonical, in the higher half,
    /// a multiple of 1 GiB.
    #[must_use]
    pub const fn with_physical_memory_at(mut self, virtual_address: u64) -> Self {
        let [a, b, c, d, e, f, g, h] = virtual_address.to_le_bytes();
        self.physical_memory_low = u32::from_le_bytes([a, b, c, d]);
        self.physical_memory_high = u32::from_le_bytes([e, f, g, h]);
        self
    }

    /// Virtual address at which all physical memory is to be mapped.
    #[must_use]
    pub const fn physical_memory(&self) -> u64 {
        (self.physical_memory_high as u64) << 32 | self.physical_memory_low as u64
    }

    /// The wishes in a note's descriptor. Fields that an older kernel doesn't know get their defaults;
    /// what a newer one says beyond ours is left aside.
    ///
    /// `None`: the descriptor is shorter than its own `size` says, or too short to say.
    #[must_use]
    pub fn from_descriptor(descriptor: &[u8]) -> Option<Self> {
        let (words, _) = descriptor.as_chunks::<4>();
        let stated_size = u32::from_le_bytes(*words.get(1)?) as usize;
        if stated_size > descriptor.len() {
            return None;
        }
        let word = |index: usize, default: u32| match words.get(index) {
            Some(word) if index * 4 + 4 <= stated_size => u32::from_le_bytes(*word),
            _ => default,
        };
        Some(Self {
            protocol_version: word(0, Self::DEFAULT.protocol_version),
            size: word(1, Self::DEFAULT.size),
            stack_size: word(2, Self::DEFAULT.stack_size),
            reserved: word(3, Self::DEFAULT.reserved),
            physical_memory_low: word(4, Self::DEFAULT.physical_memory_low),
            physical_memory_high: word(5, Self::DEFAULT.physical_memory_high),
        })
    }
}

/// The whole note, as `entry_point!` puts it into the section `.note.farjump`.
#[repr(C, align(4))]
#[derive(Debug)]
pub struct WishesNote {
    name_size: u32,
    descriptor_size: u32,
    note_type: u32,
    name: [u8; 8],
    wishes: Wishes,
}

impl WishesNote {
    /// The note for `wishes`.
    #[must_use]
    pub const fn new(wishes: Wishes) -> Self {
        Self {
            name_size: NOTE_NAME.len() as u32,
            descriptor_size: Wishes::DEFAULT.size,
            note_type: NOTE_TYPE_WISHES,
            name: NOTE_NAME,
            wishes,
        }
    }
}

const _: () = assert!(size_of::<Wishes>() == 24);
const _: () = assert!(size_of::<WishesNote>() == 12 + 8 + 24);

#[cfg(test)]
mod tests {
    use super::*;

    fn descriptor(words: &[u32]) -> Vec<u8> {
        words.iter().flat_map(|word| word.to_le_bytes()).collect()
    }

    #[test]
    fn the_default_mapping_is_the_one_the_layout_documents() {
        assert_eq!(Wishes::DEFAULT.physical_memory(), 0xFFFF_8000_0000_0000);
        let wishes = Wishes::DEFAULT.with_physical_memory_at(0xFFFF_9000_4000_0000);
        assert_eq!(wishes.physical_memory(), 0xFFFF_9000_4000_0000);
    }

    #[test]
    fn an_older_kernel_gets_defaults_for_what_it_does_not_know() {
        let wishes = Wishes::from_descriptor(&descriptor(&[1, 12, 0x8000])).unwrap();
        assert_eq!(wishes, Wishes { size: 12, stack_size: 0x8000, ..Wishes::DEFAULT });
    }

    #[test]
    fn what_a_newer_kernel_says_beyond_ours_is_left_aside() {
        let wishes = Wishes::from_descriptor(&descriptor(&[1, 32, 0x8000, 0, 1, 2, 3, 4])).unwrap();
        assert_eq!(wishes.physical_memory(), 0x2_0000_0001);
    }

    #[test]
    fn the_default_is_what_the_protocol_documents() {
        let Wishes { protocol_version, size, stack_size, reserved, .. } = Wishes::DEFAULT;
        assert_eq!((protocol_version, size, stack_size, reserved), (1, 24, 65_536, 0));
        assert_eq!(Wishes::DEFAULT.physical_memory_low, 0);
        assert_eq!(Wishes::DEFAULT.physical_memory_high, 0xFFFF_8000);
    }

    /// What stands behind `size` in the note belongs to something else.
    #[test]
    fn a_field_counts_only_if_the_stated_size_has_all_of_it() {
        let words = |size| descriptor(&[7, size, 0x8000, 9, 0x4000_0000, 0xFFFF_9000]);
        for size in 0..=24 {
            let wishes = Wishes::from_descriptor(&words(size)).unwrap();
            let default = Wishes::DEFAULT;
            let field =
                |index: u32, stated: u32, default: u32| if size >= 4 * index + 4 { stated } else { default };
            let expected = Wishes {
                protocol_version: field(0, 7, default.protocol_version),
                size: field(1, size, default.size),
                stack_size: field(2, 0x8000, default.stack_size),
                reserved: field(3, 9, default.reserved),
                physical_memory_low: field(4, 0x4000_0000, default.physical_memory_low),
                physical_memory_high: field(5, 0xFFFF_9000, default.physical_memory_high),
            };
            assert_eq!(wishes, expected, "a size of {size}");
        }
        assert_eq!(Wishes::from_descriptor(&words(25)), None, "more than the descriptor has");
    }

    #[test]
    fn the_note_has_the_name_the_type_and_the_size_that_a_loader_looks_for() {
        let WishesNote { name_size, descriptor_size, note_type, name, wishes } =
            WishesNote::new(Wishes { stack_size: 5, ..Wishes::DEFAULT });
        assert_eq!((name_size, descriptor_size, note_type, &name), (8, 24, 1, b"farjump\0"));
        assert_eq!(wishes, Wishes { stack_size: 5, ..Wishes::DEFAULT });
    }

    #[test]
    fn a_descriptor_that_is_cut_off_is_no_wish() {
        assert_eq!(Wishes::from_descriptor(&descriptor(&[1])), None);
        assert_eq!(Wishes::from_descriptor(&descriptor(&[1, 24, 0x8000])), None);
    }
}
