//! Finds the RSDP, the root system description pointer of ACPI.

use core::ops::Range;

use boot_layout::bios::data_area::EBDA_SEGMENT;

use crate::memory::{self, to_usize};

const SIGNATURE: u64 = u64::from_le_bytes(*b"RSD PTR ");

/// Bytes of the structure that the checksum of ACPI 1.0 covers: their sum is zero.
const CHECKED_SIZE: usize = 20;

/// The 16 bytes from one possible address of the structure to the next: it begins at a multiple of 16.
type Paragraph = [u64; 2];

/// Bytes of the extended BIOS data area that are searched.
const EBDA_SIZE: u64 = 1024;

/// The BIOS's read-only memory. The upper half comes first, because most BIOSes have their tables there.
const BIOS_ROM: [Range<u64>; 2] = [0xF_0000..0x10_0000, 0xE_0000..0xF_0000];

/// Returns the physical address of the RSDP, zero if there is none. Searches the extended BIOS data area, then the BIOS's
/// read-only memory.
///
/// Source: ACPI 6.5, "Finding the RSDP on IA-PC Systems".
pub(crate) fn find_rsdp() -> u64 {
    let ebda = u64::from(memory::read::<u16>(EBDA_SEGMENT)) << 4;
    let in_ebda = if ebda == 0 { None } else { find_in(ebda..ebda + EBDA_SIZE) };
    in_ebda.or_else(|| BIOS_ROM.into_iter().find_map(find_in)).unwrap_or(0)
}

fn find_in(area: Range<u64>) -> Option<u64> {
    let count = to_usize(area.end - area.start) / size_of::<Paragraph>();
    // SAFETY: this is the firmware's memory; only the BIOS writes to it, and no BIOS call happens in this function.
    let paragraphs: &[Paragraph] = unsafe { memory::slice(area.start, count) };
    let mut address = area.start;
    let mut rest = paragraphs;
    while let Some(index) = rest.iter().position(|paragraph| paragraph[0] == SIGNATURE) {
        address += (index * size_of::<Paragraph>()) as u64;
        if is_whole(address) {
            return Some(address);
        }
        address += size_of::<Paragraph>() as u64;
        rest = &rest[index + 1..];
    }
    None
}

fn is_whole(address: u64) -> bool {
    let bytes: [u8; CHECKED_SIZE] = memory::read(address);
    bytes.iter().fold(0, |sum: u8, byte| sum.wrapping_add(*byte)) == 0
}
