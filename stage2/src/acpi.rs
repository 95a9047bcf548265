//! Finds the root system description pointer, where ACPI's tables begin.

use boot_layout::bios::data_area::EBDA_SEGMENT;

use crate::memory;

const SIGNATURE: u64 = u64::from_le_bytes(*b"RSD PTR ");

/// Bytes of the structure that ACPI 1.0's checksum covers.
const CHECKED_SIZE: usize = 20;

/// The structure begins on a 16-byte boundary.
const ALIGNMENT: usize = 16;

/// Its physical address, zero where there is none: in the first KiB of the extended BIOS data area, or in the
/// BIOS's read-only memory.
///
/// Source: ACPI 6.5, "Finding the RSDP on IA-PC Systems".
pub(crate) fn find_rsdp() -> u64 {
    let ebda = u64::from(memory::read::<u16>(EBDA_SEGMENT)) << 4;
    let areas = [ebda..ebda + 1024, 0xE_0000..0x10_0000];
    areas.into_iter().flat_map(|area| area.step_by(ALIGNMENT)).find(|&address| is_rsdp(address)).unwrap_or(0)
}

fn is_rsdp(address: u64) -> bool {
    memory::read::<u64>(address) == SIGNATURE
        && memory::read::<[u8; CHECKED_SIZE]>(address).iter().fold(0, |sum: u8, byte| sum.wrapping_add(*byte)) == 0
}
