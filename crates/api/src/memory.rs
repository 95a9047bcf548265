//! The memory map: what each range of physical memory is.

use core::fmt;
use core::ops::Range;

/// One range of physical memory, page aligned at both ends.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MemoryRegion {
    /// First physical address, a multiple of 4096.
    pub start: u64,
    /// Physical address of the end, exclusive: a multiple of 4096, above `start`.
    pub end: u64,
    /// What the range is.
    pub kind: MemoryKind,
    /// Zero.
    pub reserved: u32,
}

impl MemoryRegion {
    /// A region of `kind` over `range`.
    #[must_use]
    pub const fn new(range: Range<u64>, kind: MemoryKind) -> Self {
        Self { start: range.start, end: range.end, kind, reserved: 0 }
    }

    /// Bytes in the region.
    #[must_use]
    pub const fn len_bytes(&self) -> u64 {
        self.end - self.start
    }

    /// The physical addresses.
    #[must_use]
    pub const fn range(&self) -> Range<u64> {
        self.start..self.end
    }
}

/// What a range of physical memory is. Not an `enum`: a newer loader may know more kinds, and a kernel
/// treats one that it doesn't know as reserved.
#[repr(transparent)]
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct MemoryKind(pub u32);

impl MemoryKind {
    /// Free: nothing lives here.
    pub const USABLE: Self = Self(1);
    /// Not to be touched: firmware, devices, or a kind that the firmware alone knows.
    pub const RESERVED: Self = Self(2);
    /// ACPI tables; free once the kernel has read them.
    pub const ACPI_RECLAIMABLE: Self = Self(3);
    /// ACPI non-volatile storage: never free.
    pub const ACPI_NVS: Self = Self(4);
    /// Memory that the firmware found faulty.
    pub const BAD: Self = Self(5);
    /// Was the loader's: free as soon as the kernel has loaded a GDT of its own, and has unmapped the
    /// trampoline page or doesn't mind it.
    pub const LOADER_RECLAIMABLE: Self = Self(0x1000);
    /// The kernel's segments, stack and page tables, and the `BootInfo` with all it points to.
    pub const KERNEL: Self = Self(0x1001);
    /// A module's bytes.
    pub const MODULE: Self = Self(0x1002);

    /// The kind's name, `unknown` for a kind of the future.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::USABLE => "usable",
            Self::RESERVED => "reserved",
            Self::ACPI_RECLAIMABLE => "ACPI reclaimable",
            Self::ACPI_NVS => "ACPI NVS",
            Self::BAD => "bad",
            Self::LOADER_RECLAIMABLE => "loader reclaimable",
            Self::KERNEL => "kernel",
            Self::MODULE => "module",
            _ => "unknown",
        }
    }

    /// Whether this is RAM that a kernel may sooner or later use: what a `/proc/meminfo` would count.
    #[must_use]
    pub const fn is_ram(self) -> bool {
        matches!(
            self,
            Self::USABLE | Self::ACPI_RECLAIMABLE | Self::LOADER_RECLAIMABLE | Self::KERNEL | Self::MODULE
        )
    }

    /// Whether RAM is there, the firmware's own included: ACPI non-volatile storage. Above 4 GiB this alone is mapped.
    #[must_use]
    pub const fn lies_in_ram(self) -> bool {
        self.is_ram() || matches!(self, Self::ACPI_NVS)
    }
}

impl fmt::Debug for MemoryKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for MemoryKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            "unknown" => write!(f, "unknown ({:#x})", self.0),
            name => f.pad(name),
        }
    }
}

const _: () = assert!(size_of::<MemoryRegion>() == 24);
const _: () = assert!(core::mem::offset_of!(MemoryRegion, kind) == 16);

#[cfg(test)]
mod tests {
    use super::*;

    /// Each kind with its number and name, and whether it is RAM. Source: docs/boot-protocol.md.
    const KINDS: [(u32, &str, bool); 8] = [
        (1, "usable", true),
        (2, "reserved", false),
        (3, "ACPI reclaimable", true),
        (4, "ACPI NVS", false),
        (5, "bad", false),
        (0x1000, "loader reclaimable", true),
        (0x1001, "kernel", true),
        (0x1002, "module", true),
    ];

    #[test]
    fn kinds_have_the_numbers_and_names_of_the_protocol() {
        for (number, name, is_ram) in KINDS {
            let kind = MemoryKind(number);
            assert_eq!((kind.name(), kind.is_ram()), (name, is_ram));
            assert_eq!((kind.to_string(), format!("{kind:?}")), (name.to_owned(), name.to_owned()));
        }
        assert_eq!(format!("[{:>8}]", MemoryKind::BAD), "[     bad]");
    }

    #[test]
    fn a_kind_of_the_future_is_shown_by_its_number_and_is_no_ram() {
        for (number, text) in [(0, "unknown (0x0)"), (6, "unknown (0x6)"), (0x1003, "unknown (0x1003)")] {
            let kind = MemoryKind(number);
            assert_eq!((kind.name(), kind.is_ram(), kind.to_string()), ("unknown", false, text.to_owned()));
        }
    }

    #[test]
    fn a_region_has_the_bytes_between_its_ends() {
        let region = MemoryRegion::new(0x1000..0x4000, MemoryKind::USABLE);
        assert_eq!((region.len_bytes(), region.range()), (0x3000, 0x1000..0x4000));
        assert_eq!(region, MemoryRegion { start: 0x1000, end: 0x4000, kind: MemoryKind(1), reserved: 0 });
    }
}
