//! The loader's global descriptor table: segments for the 16-bit, 32-bit and 64-bit code of stage 2.
//!
//! Source: Intel SDM vol. 3A, "Segment Descriptors".

use x86_64::structures::gdt::DescriptorFlags as Flags;

/// Flat 32-bit code. Like the other selectors, an offset into [`GDT`].
pub(crate) const CODE32: u16 = 8;
/// Flat data, for 32-bit and 64-bit code.
pub(crate) const DATA: u16 = 2 * 8;
/// 16-bit code with a limit of 64 KiB, for the switch to real mode.
pub(crate) const CODE16: u16 = 3 * 8;
/// Data with a limit of 64 KiB.
pub(crate) const DATA16: u16 = 4 * 8;
/// 64-bit code.
pub(crate) const CODE64: u16 = 5 * 8;

/// The accessed bit of each descriptor is set. Otherwise the CPU would write it, to a page with running code.
#[unsafe(link_section = ".stage2.low_data")]
pub(crate) static GDT: [u64; 6] = [
    0,
    flat(Flags::KERNEL_CODE32),
    flat(Flags::KERNEL_DATA),
    below_64k(Flags::EXECUTABLE),
    below_64k(Flags::empty()),
    flat(Flags::KERNEL_CODE64),
];

/// Returns a descriptor with base 0 and a limit of 4 GiB.
const fn flat(flags: Flags) -> u64 {
    flags.union(Flags::ACCESSED).bits()
}

/// Returns a 16-bit descriptor with base 0 and a limit of FFFFh.
const fn below_64k(kind: Flags) -> u64 {
    const LIMIT: u64 = 0xFFFF;
    LIMIT
        | Flags::PRESENT
            .union(Flags::USER_SEGMENT)
            .union(Flags::WRITABLE)
            .union(Flags::ACCESSED)
            .union(kind)
            .bits()
}

// The same values as in Intel's and Linux's tables.
const _: () = assert!(GDT_VALUES[1] == 0x00CF_9B00_0000_FFFF);
const _: () = assert!(GDT_VALUES[2] == 0x00CF_9300_0000_FFFF);
const _: () = assert!(GDT_VALUES[3] == 0x0000_9B00_0000_FFFF);
const _: () = assert!(GDT_VALUES[4] == 0x0000_9300_0000_FFFF);
const _: () = assert!(GDT_VALUES[5] == 0x00AF_9B00_0000_FFFF);
const GDT_VALUES: [u64; 6] = GDT;
