//! ACPI's tables as no firmware should make them, where only a firmware may write: in the first page, after the BIOS's
//! variables. The memory map reserves it, and the loader has mapped it.

use farjump_api::BootInfo;

/// Physical addresses: the RSDP, and room for two tables of 64 bytes.
pub const RSDP: u64 = 0x600;
/// The first table.
pub const RSDT: u64 = 0x700;
/// The second table.
pub const TABLE: u64 = 0x800;

/// Bytes reserved for a table, whatever length it claims.
const TABLE_SIZE: usize = 64;
/// Bytes of a table's header.
const HEADER_SIZE: usize = 36;

/// Puts an RSDP of ACPI 1.0 at [`RSDP`].
pub fn put_rsdp(boot_info: &BootInfo, rsdt: u32) {
    let mut rsdp = *b"RSD PTR \0OEMID \0\0\0\0\0";
    rsdp[16..].copy_from_slice(&rsdt.to_le_bytes());
    put(boot_info, RSDP, &mut rsdp, 8);
}

/// Puts a table of these words, which claims to have `length` bytes. Its checksum is right where it claims no more
/// than it has: the rest is zero.
pub fn put_table(boot_info: &BootInfo, address: u64, signature: &[u8; 4], length: u32, words: &[u32]) {
    let mut table = [0; TABLE_SIZE];
    table[..4].copy_from_slice(signature);
    table[4..8].copy_from_slice(&length.to_le_bytes());
    for (place, word) in table[HEADER_SIZE..].chunks_exact_mut(4).zip(words) {
        place.copy_from_slice(&word.to_le_bytes());
    }
    put(boot_info, address, &mut table, 9);
}

fn put(boot_info: &BootInfo, address: u64, bytes: &mut [u8], checksum: usize) {
    let sum = bytes.iter().fold(0, |sum: u8, byte| sum.wrapping_add(*byte));
    bytes[checksum] = bytes[checksum].wrapping_sub(sum);
    let place = (boot_info.physical_memory_offset + address) as usize;
    let place: *mut u8 = core::ptr::with_exposed_provenance_mut(place);
    // SAFETY: the part of the first page after the BIOS's variables is unused, and mapped there.
    unsafe { place.copy_from_nonoverlapping(bytes.as_ptr(), bytes.len()) };
}
