//! What UEFI firmware has left: its system table and its memory map.

/// UEFI's system table and memory map. All zero on a machine with a BIOS.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Efi {
    /// Physical address of `EFI_SYSTEM_TABLE`, zero where there is none.
    pub system_table: u64,
    /// The map that boot services were left with.
    pub memory_map: EfiMemoryMap,
}

/// UEFI's own memory map, for `SetVirtualAddressMap`: an array of `EFI_MEMORY_DESCRIPTOR`.
///
/// Source: UEFI specification, `EFI_BOOT_SERVICES.GetMemoryMap()`.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EfiMemoryMap {
    /// Physical address of the first descriptor, zero where there is no map.
    pub physical_address: u64,
    /// Bytes of all descriptors.
    pub len_bytes: u64,
    /// Bytes from one descriptor to the next one: may be more than this version of the structure has.
    pub descriptor_size: u32,
    /// Version of the structure.
    pub descriptor_version: u32,
}

impl Efi {
    /// No UEFI.
    pub const NONE: Self = Self {
        system_table: 0,
        memory_map: EfiMemoryMap {
            physical_address: 0,
            len_bytes: 0,
            descriptor_size: 0,
            descriptor_version: 0,
        },
    };
}

const _: () = {
    use core::mem::offset_of;
    assert!(size_of::<Efi>() == 32);
    assert!(offset_of!(Efi, memory_map) == 8);
    assert!(offset_of!(EfiMemoryMap, len_bytes) == 8);
    assert!(offset_of!(EfiMemoryMap, descriptor_size) == 16);
    assert!(offset_of!(EfiMemoryMap, descriptor_version) == 20);
};
