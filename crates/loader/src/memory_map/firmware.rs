//! The firmware's list of memory regions, and the memory map that is built from it.
//!
//! The only invalid list is one without usable memory: firmware lists have many small errors, and the more restrictive
//! interpretation of each is always safe.

use core::ops::Range;

use farjump_api::MemoryKind;

use super::{FIRST_PAGE, MapError, MemoryMap, PHYSICAL_END};

/// One entry of the firmware's list, as INT 15h AX=E820h returns it.
///
/// Source: ACPI 6.5, "INT 15H, E820H - Query System Address Map".
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FirmwareRegion {
    /// First physical address.
    pub start: u64,
    /// Bytes.
    pub length: u64,
    /// The E820 type: 1 is usable; see [`MemoryKind`] for 2 to 5; all others count as reserved.
    pub kind: u32,
    /// The extended attributes. If the firmware's entries have only 20 bytes, they lack this field; it must then be
    /// [`Self::ENABLED`].
    pub attributes: u32,
}

const _: () = assert!(size_of::<FirmwareRegion>() == 24);

impl FirmwareRegion {
    /// Attribute: the entry is valid. Otherwise it must be ignored.
    ///
    /// Source: ACPI 3.0, "Extended Attributes for Address Range Descriptor Structure".
    pub const ENABLED: u32 = 1 << 0;

    /// Attribute: the memory keeps its contents without power and isn't for general use.
    pub const NON_VOLATILE: u32 = 1 << 1;

    /// Returns an entry for usable memory, for firmware services that report only its size.
    #[must_use]
    pub const fn usable(start: u64, length: u64) -> Self {
        Self { start, length, kind: MemoryKind::USABLE.0, attributes: Self::ENABLED }
    }

    /// Returns the kind in the memory map. An unknown type counts as reserved, as ACPI requires.
    const fn memory_kind(&self) -> MemoryKind {
        match MemoryKind(self.kind) {
            MemoryKind::USABLE if self.attributes & Self::NON_VOLATILE != 0 => MemoryKind::RESERVED,
            kind @ (MemoryKind::USABLE
            | MemoryKind::ACPI_RECLAIMABLE
            | MemoryKind::ACPI_NVS
            | MemoryKind::BAD) => kind,
            _ => MemoryKind::RESERVED,
        }
    }

    /// Returns the addresses. An entry that reaches past the last physical address ends there. If its type is usable, it is
    /// ignored: the range is empty.
    const fn range(&self) -> Range<u64> {
        let end = self.start.saturating_add(self.length);
        if end > PHYSICAL_END && self.kind == MemoryKind::USABLE.0 {
            return 0..0;
        }
        self.start..end
    }
}

/// The kinds in a firmware's list, the least restrictive first: each overwrites those before it.
const BY_RESTRICTIVENESS: [MemoryKind; 5] = [
    MemoryKind::USABLE,
    MemoryKind::ACPI_RECLAIMABLE,
    MemoryKind::ACPI_NVS,
    MemoryKind::RESERVED,
    MemoryKind::BAD,
];

impl MemoryMap {
    /// Rebuilds the map from the firmware's list. Where entries overlap, the more restrictive kind wins:
    /// bad, reserved, ACPI NVS, ACPI reclaimable, usable. The first page becomes reserved.
    ///
    /// # Errors
    /// [`MapError::NoUsableMemory`], [`MapError::TooManyRegions`].
    pub fn set_from_firmware(&mut self, entries: &[FirmwareRegion]) -> Result<(), MapError> {
        self.count = 0;
        for kind in BY_RESTRICTIVENESS {
            for entry in entries {
                if entry.attributes & FirmwareRegion::ENABLED != 0 && entry.memory_kind() == kind {
                    self.mark(entry.range(), kind)?;
                }
            }
        }
        self.mark(FIRST_PAGE, MemoryKind::RESERVED)?;
        if self.regions().iter().any(|region| region.kind == MemoryKind::USABLE) {
            Ok(())
        } else {
            Err(MapError::NoUsableMemory(entries.len()))
        }
    }
}

/// Returns the regions that INT 15h AX=E801h and INT 12h report: below 1 MiB, from 1 to 16 MiB, from 16 MiB on.
///
/// `base_kib` is INT 12h's AX; `low_kib` E801h's AX (or CX), in blocks of 1 KiB from 1 MiB on;
/// `high_64kib` its BX (or DX), in blocks of 64 KiB from 16 MiB on.
///
/// Source: RBIL INT 15/AX=E801h, INT 12.
#[must_use]
pub fn regions_from_e801(base_kib: u16, low_kib: u16, high_64kib: u16) -> [FirmwareRegion; 3] {
    let low_kib = u64::from(low_kib).min(15 << 10);
    [
        base_memory(base_kib),
        FirmwareRegion::usable(1 << 20, low_kib << 10),
        FirmwareRegion::usable(16 << 20, u64::from(high_64kib) << 16),
    ]
}

/// Returns the regions that INT 15h AH=88h and INT 12h report: below 1 MiB and from 1 MiB on.
///
/// `base_kib` is INT 12h's AX; `extended_kib` INT 15h's AX, in blocks of 1 KiB from 1 MiB on.
///
/// Source: RBIL INT 15/AH=88h, INT 12.
#[must_use]
pub fn regions_from_int15_88(base_kib: u16, extended_kib: u16) -> [FirmwareRegion; 2] {
    [base_memory(base_kib), FirmwareRegion::usable(1 << 20, u64::from(extended_kib) << 10)]
}

/// Returns the memory from address zero: at most 640 KiB, where the video memory begins.
fn base_memory(kib: u16) -> FirmwareRegion {
    FirmwareRegion::usable(0, u64::from(kib).min(640) << 10)
}
