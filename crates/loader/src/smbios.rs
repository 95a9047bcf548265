//! Finds the SMBIOS entry point, which leads to what the firmware says of the machine, in the memory of a BIOS.
//!
//! Refuses an entry point of another length than the specification's, or whose bytes don't add up to zero.
//!
//! Source: DMTF DSP0134, SMBIOS 3.7, "Accessing SMBIOS information".

use core::ops::Range;

/// Physical addresses at which a BIOS may have it.
pub const AREA: Range<u64> = 0xF_0000..0x10_0000;

/// It begins at a multiple of so many bytes.
const PARAGRAPH: usize = 16;

/// What an entry point with a 32-bit address begins with, and one with a 64-bit address, `_SM3_`, at first sight.
const ANCHOR_32: [u8; 4] = *b"_SM_";
const ANCHOR_64: [u8; 4] = *b"_SM3";

/// Returns the offset of the entry point in `area`, the memory of [`AREA`]: that with a 64-bit address, if there are both.
#[must_use]
pub fn find_entry_point(area: &[u8]) -> Option<usize> {
    let mut found = None;
    let (paragraphs, _) = area.as_chunks::<PARAGRAPH>();
    for (index, paragraph) in paragraphs.iter().enumerate() {
        let is_64 = match paragraph.first_chunk() {
            Some(&ANCHOR_32) => false,
            Some(&ANCHOR_64) => true,
            _ => continue,
        };
        let start = index * PARAGRAPH;
        if !is_whole(&area[start..], is_64) {
            continue;
        }
        if is_64 {
            return Some(start);
        }
        found = found.or(Some(start));
    }
    found
}

/// Whether `bytes` begin with an entry point of a known length, whose bytes add up to zero.
fn is_whole(bytes: &[u8], is_64: bool) -> bool {
    // Version 2.1 of the specification says 1Eh instead of 1Fh, by mistake.
    let (anchor_end, lengths) = if is_64 { (4, 0x18..=0x20) } else { (3, 0x1E..=0x20) };
    let Some([b'_', _, length]) = bytes.get(anchor_end..).and_then(<[u8]>::first_chunk) else { return false };
    let length = usize::from(*length);
    let sum = bytes.get(..length).map(|bytes| bytes.iter().fold(0, |sum: u8, byte| sum.wrapping_add(*byte)));
    lengths.contains(&length) && sum == Some(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const AREA_SIZE: usize = 0x1_0000;

    /// An entry point of so many bytes, whose checksum is right.
    fn entry_point(anchor: &[u8], length: u8) -> Vec<u8> {
        let mut bytes = anchor.to_vec();
        bytes.extend([0, length]);
        bytes.resize(length.into(), 0xA7);
        let sum = bytes.iter().fold(0, |sum: u8, byte| sum.wrapping_add(*byte));
        bytes[anchor.len()] = 0u8.wrapping_sub(sum);
        bytes
    }

    fn area(entry_points: &[(usize, &[u8])]) -> Vec<u8> {
        let mut area = vec![0; AREA_SIZE];
        for (at, bytes) in entry_points {
            area[*at..*at + bytes.len()].copy_from_slice(bytes);
        }
        area
    }

    #[test]
    fn either_entry_point_is_found_wherever_it_is_and_the_64_bit_one_first() {
        let (newer, older) = (entry_point(b"_SM3_", 0x18), entry_point(b"_SM_", 0x1F));
        for at in [0, 16, 0x5990, AREA_SIZE - 32] {
            for bytes in [&newer, &older, &entry_point(b"_SM_", 0x1E)] {
                assert_eq!(find_entry_point(&area(&[(at, bytes)])), Some(at), "{at:#x}");
            }
        }
        assert_eq!(find_entry_point(&area(&[(0x40, &older), (0x100, &newer)])), Some(0x100));
        assert_eq!(find_entry_point(&area(&[(0x40, &newer), (0x100, &older)])), Some(0x40));
        assert_eq!(find_entry_point(&area(&[(0x40, &older), (0x100, &older)])), Some(0x40));
        assert_eq!(find_entry_point(&area(&[])), None);
        assert_eq!(find_entry_point(&[]), None);
    }

    /// What SeaBIOS has at F59F0h of QEMU 7.2's machine `pc`, and a string of its own that begins as an anchor does.
    #[test]
    fn a_real_entry_point_is_found() {
        let real = b"_SM_\x28\x1F\x02\x08\x51\0\0\0\0\0\0\0_DMI_\x39\x84\x01\x10\x5A\x0F\0\x09\0\x28";
        let text = b"_SM3_\0SMBIOS 3.0\0Skipping MPTABL";
        assert_eq!(find_entry_point(&area(&[(0x1030, text), (0x59F0, real)])), Some(0x59F0));
    }

    #[test]
    fn what_only_looks_like_one_is_passed_by() {
        let (newer, older) = (entry_point(b"_SM3_", 0x18), entry_point(b"_SM_", 0x1F));
        assert_eq!(find_entry_point(&area(&[(0x48, &older)])), None, "off a paragraph");
        for bytes in [newer.clone(), older.clone()] {
            for index in 0..bytes.len() {
                let mut damaged = bytes.clone();
                damaged[index] ^= 0x10;
                assert_eq!(find_entry_point(&area(&[(0x40, &damaged)])), None, "byte {index}");
                assert_eq!(find_entry_point(&area(&[(0x40, &damaged), (0x80, &older)])), Some(0x80));
            }
        }
        for (anchor, length) in [(&b"_SM3_"[..], 0x17), (b"_SM3_", 0x21), (b"_SM_", 0x1D), (b"_SM_", 0x21)] {
            assert_eq!(find_entry_point(&area(&[(0x40, &entry_point(anchor, length))])), None, "{length:#x}");
        }
        let cut_off = &area(&[(AREA_SIZE - 32, &older)])[..AREA_SIZE - 16];
        assert_eq!(find_entry_point(cut_off), None);
        let cut_off = &area(&[(AREA_SIZE - 32, &newer)])[..AREA_SIZE - 16];
        assert_eq!(find_entry_point(cut_off), None);
    }
}
