//! Every physical address and disk position that the stages of a boot share.
//!
//! ```text
//! 0_0000 ┌──────────────────────┐
//!        │ BIOS: IVT, BDA       │
//! 0_1000 ├──────────────────────┤ BIOS_CALL      registers and buffers of a BIOS call
//! 0_2000 ├──────────────────────┤ REAL_STACK     stage 1, stage 2's 16-bit code, BIOS calls
//! 0_7C00 ├──────────────────────┤ STAGE1         the boot sector
//! 0_8000 ├──────────────────────┤ STAGE2         the loader: code, data, .bss
//! 5_0000 ├──────────────────────┤ BOUNCE_BUFFER  what the BIOS reads from the disk
//! 6_0000 ├──────────────────────┤ PAGE_TABLES    the loader's own: the first 4 GiB, identity
//! 7_0000 ├──────────────────────┤ LOADER_STACK   64-bit code
//! 8_0000 └──────────────────────┘
//! ```
//!
//! Assumes a PC whose base memory reaches [`BASE_MEMORY_END`]; stage 2 asks the BIOS and stops with a message if it
//! doesn't. Linker scripts get these numbers by `--defsym`, assembly as `const` operands,
//! `docs/memory-map.md` by `cargo xtask memory-map`. Addresses are defined nowhere else in the tree.

#![cfg_attr(not(test), no_std)]
#![forbid(unsafe_code)]

pub mod bios;
pub mod disk;
pub mod stage2_header;

use core::ops::Range;

/// The 4 KiB page with the registers and small buffers of a BIOS call. It holds only data, so that a store to it never
/// invalidates running code.
pub const BIOS_CALL: Range<u64> = 0x1000..0x2000;

/// Stack of all real-mode code. It grows down from the end, which is below the page of the boot sector: a push doesn't
/// touch a page that holds running code.
pub const REAL_STACK: Range<u64> = 0x2000..0x7000;

/// Where the BIOS loads the boot sector.
///
/// Source: the IBM PC's INT 19h; BIOS Boot Specification 1.01, "IPL Devices".
pub const STAGE1: Range<u64> = 0x7C00..0x7E00;

/// Stage 2: the image that stage 1 reads, then `.bss`.
pub const STAGE2: Range<u64> = 0x8000..0x5_0000;

/// Where INT 13h stores sectors: exactly 64 KiB, aligned to 64 KiB, so that no transfer crosses a DMA boundary.
pub const BOUNCE_BUFFER: Range<u64> = 0x5_0000..0x6_0000;

/// The loader's page tables: one PML4, one PDPT, four page directories.
pub const PAGE_TABLES: Range<u64> = 0x6_0000..0x6_6000;

/// The loader's 64-bit stack.
pub const LOADER_STACK: Range<u64> = 0x7_0000..0x8_0000;

/// End of the base memory that the loader uses.
pub const BASE_MEMORY_END: u64 = LOADER_STACK.end;

/// One named range of physical memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Region {
    /// The constant's name.
    pub name: &'static str,
    /// Physical addresses, half-open.
    pub range: Range<u64>,
    /// What the range is used for.
    pub purpose: &'static str,
}

/// All regions in ascending order, for the docs and for checks.
pub const REGIONS: [Region; 7] = [
    Region { name: "BIOS_CALL", range: BIOS_CALL, purpose: "registers and buffers of a BIOS call" },
    Region { name: "REAL_STACK", range: REAL_STACK, purpose: "stack of all real-mode code" },
    Region { name: "STAGE1", range: STAGE1, purpose: "the boot sector" },
    Region { name: "STAGE2", range: STAGE2, purpose: "the loader: code, data, .bss" },
    Region { name: "BOUNCE_BUFFER", range: BOUNCE_BUFFER, purpose: "what INT 13h reads" },
    Region { name: "PAGE_TABLES", range: PAGE_TABLES, purpose: "the loader's page tables" },
    Region { name: "LOADER_STACK", range: LOADER_STACK, purpose: "stack of the loader's 64-bit code" },
];

// No stack shares a page with code.
const _: () = assert!(REAL_STACK.end <= STAGE1.start & !0xFFF);
const _: () = assert!(LOADER_STACK.start >= STAGE2.end);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regions_ascend_and_do_not_overlap() {
        for pair in REGIONS.windows(2) {
            assert!(pair[0].range.end <= pair[1].range.start, "{} and {}", pair[0].name, pair[1].name);
        }
    }

    #[test]
    fn no_region_reaches_past_the_required_base_memory() {
        assert!(REGIONS.iter().all(|region| region.range.end <= BASE_MEMORY_END));
    }

    #[test]
    fn the_bounce_buffer_is_one_dma_page() {
        assert_eq!(BOUNCE_BUFFER.start % 0x1_0000, 0);
        assert_eq!(BOUNCE_BUFFER.end - BOUNCE_BUFFER.start, 0x1_0000);
    }
}
