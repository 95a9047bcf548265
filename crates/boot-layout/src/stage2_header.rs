//! The header at the start of stage 2, and the two checksums that detect a damaged image.
//!
//! | offset | size | field |
//! |---|---|---|
//! | 0 | 4 | a jump to the 16-bit entry |
//! | 4 | 2 | [`MAGIC`] |
//! | 6 | 2 | sectors in the image, including this one |
//! | 8 | 8 | the [`Fletcher32x2`] checksum of all sectors but the first |
//! | 508 | 4 | the complement of the [`crc32`] of the 508 bytes before |
//!
//! The complement makes the CRC-32's register zero at the end of the sector, which needs the shortest code to test.
//!
//! Stage 1 checks the first sector by its CRC-32; that sector's code checks all others by their Fletcher checksum.
//! `docs/decisions/0027-stage-2-checks-itself.md` says why it is done in two steps.

pub use farjump_fs::gpt::CRC32_POLYNOMIAL;

use crate::disk::SECTOR_SIZE;

/// Offset of [`MAGIC`].
pub const MAGIC_OFFSET: usize = 4;

/// Offset of the number of sectors, a `u16`.
pub const SECTOR_COUNT_OFFSET: usize = 6;

/// Offset of the Fletcher checksum: `a`, then `b`.
pub const SUMS_OFFSET: usize = 8;

/// Offset of the CRC-32: the end of the first sector.
pub const CRC32_OFFSET: usize = SECTOR_SIZE - 4;

/// Marks a stage 2: the bytes `FJ`.
pub const MAGIC: u16 = u16::from_le_bytes(*b"FJ");

/// Returns the CRC-32 of `bytes`, the same as zlib's `crc32`.
#[must_use]
pub const fn crc32(bytes: &[u8]) -> u32 {
    !crc32_register(bytes)
}

/// Returns the CRC's register after `bytes`, before the final complement.
const fn crc32_register(bytes: &[u8]) -> u32 {
    let mut register = u32::MAX;
    let mut index = 0;
    while index < bytes.len() {
        register ^= bytes[index] as u32;
        let mut bit = 0;
        while bit < u8::BITS {
            register = if register & 1 == 0 { register >> 1 } else { register >> 1 ^ CRC32_POLYNOMIAL };
            bit += 1;
        }
        index += 1;
    }
    register
}

/// A Fletcher checksum over words of 32 bits: two sums, both modulo 2^32.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Fletcher32x2 {
    /// The sum of all words: any change of a single word changes it.
    pub a: u32,
    /// The sum of the values that `a` has after each word. Swapping two words changes it by the product of their
    /// distance and their difference.
    pub b: u32,
}

impl Fletcher32x2 {
    /// Returns the checksum of `bytes`, whose length must be a multiple of 4.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        let (words, []) = bytes.as_chunks::<4>() else { panic!("an image is made of whole words") };
        let mut checksum = Self::default();
        for word in words {
            checksum.a = checksum.a.wrapping_add(u32::from_le_bytes(*word));
            checksum.b = checksum.b.wrapping_add(checksum.a);
        }
        checksum
    }
}

/// Writes both checksums into the header of `image`, which must consist of whole sectors, at least one.
pub fn update_checksums(image: &mut [u8]) {
    let (first, rest) = image.split_at_mut(SECTOR_SIZE);
    let Fletcher32x2 { a, b } = Fletcher32x2::of(rest);
    first[SUMS_OFFSET..SUMS_OFFSET + 4].copy_from_slice(&a.to_le_bytes());
    first[SUMS_OFFSET + 4..SUMS_OFFSET + 8].copy_from_slice(&b.to_le_bytes());
    let (checked, crc) = first.split_at_mut(CRC32_OFFSET);
    crc.copy_from_slice(&crc32_register(checked).to_le_bytes());
}

/// Returns the number of sectors of the stage 2 that begins with `first_sector`; `None` if it isn't a stage 2.
#[must_use]
pub fn sector_count(first_sector: &[u8]) -> Option<u16> {
    let header = first_sector.first_chunk::<SECTOR_SIZE>()?;
    let word = |offset| Some(u16::from_le_bytes(*header.get(offset..)?.first_chunk()?));
    let count = word(SECTOR_COUNT_OFFSET).filter(|count| *count > 0)?;
    (word(MAGIC_OFFSET)? == MAGIC).then_some(count)
}

/// Returns whether `image` consists of whole sectors and both of its checksums match.
#[must_use]
pub fn is_whole(image: &[u8]) -> bool {
    let Some((first, rest)) = image.split_at_checked(SECTOR_SIZE) else { return false };
    if !rest.len().is_multiple_of(SECTOR_SIZE) {
        return false;
    }
    let stated = first[SUMS_OFFSET..SUMS_OFFSET + 8].as_chunks::<4>().0;
    let Fletcher32x2 { a, b } = Fletcher32x2::of(rest);
    crc32_register(first) == 0 && stated == [a.to_le_bytes(), b.to_le_bytes()]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns 1 KiB of pseudo-random bytes with valid checksums.
    fn valid_image() -> Vec<u8> {
        let mut state = 1u32;
        let mut image: Vec<u8> = std::iter::repeat_with(|| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            state.to_be_bytes()[0]
        })
        .take(2 * SECTOR_SIZE)
        .collect();
        update_checksums(&mut image);
        image
    }

    #[test]
    fn the_crc_has_the_published_check_value() {
        assert_eq!(crc32(b"123456789"), 0xCBF4_3926);
    }

    #[test]
    fn a_known_sequence_has_the_checksum_calculated_by_hand() {
        let image = [1u32, 2, 0xFFFF_FFFF].map(u32::to_le_bytes).concat();
        assert_eq!(Fletcher32x2::of(&image), Fletcher32x2 { a: 2, b: 1 + 3 + 2 });
    }

    #[test]
    fn a_valid_image_is_whole_and_a_truncated_one_is_not() {
        let image = valid_image();
        assert!(is_whole(&image));
        assert!(!is_whole(&image[..SECTOR_SIZE]));
        assert!(!is_whole(&[]));
        assert!(!is_whole(&image[..SECTOR_SIZE + 1]), "truncated within a word");
    }

    #[test]
    fn any_single_changed_byte_is_found() {
        let image = valid_image();
        for position in 0..image.len() {
            for change in [0x01, 0x02, 0x04, 0x08, 0x10, 0x20, 0x40, 0x80, 0xFF] {
                let mut damaged = image.clone();
                damaged[position] ^= change;
                assert!(!is_whole(&damaged), "byte {position} changed by {change:#x}");
            }
        }
    }

    #[test]
    fn two_swapped_words_are_found() {
        let mut image = valid_image();
        let (front, back) = image[SECTOR_SIZE..].split_at_mut(256);
        front[100..104].swap_with_slice(&mut back[100..104]);
        assert!(!is_whole(&image));
    }
}
