//! The header at the start of stage 2, and the two checks of what was read of it.
//!
//! | offset | size | field |
//! |---|---|---|
//! | 0 | 4 | a jump to the 16-bit entry |
//! | 4 | 2 | [`MAGIC`] |
//! | 6 | 2 | sectors in the image, this one included |
//! | 8 | 8 | [`WordSums`] of all sectors but the first |
//! | 508 | 4 | the complement of the [`crc32`] of the 508 bytes before |
//!
//! The complement, because it brings a CRC-32's register to zero, which is the shortest to test for.
//!
//! Stage 1 checks the first sector by its CRC-32; that sector's code checks all others by their sums.
//! `docs/decisions/0027-stage-2-checks-itself.md` says why it is done in two steps.

pub use farjump_fs::gpt::CRC32_POLYNOMIAL;

use crate::disk::SECTOR_SIZE;

/// Offset of [`MAGIC`].
pub const MAGIC_OFFSET: usize = 4;

/// Offset of the number of sectors, a `u16`.
pub const SECTOR_COUNT_OFFSET: usize = 6;

/// Offset of the sums, the sum first.
pub const SUMS_OFFSET: usize = 8;

/// Offset of the CRC-32: the end of the first sector.
pub const CRC32_OFFSET: usize = SECTOR_SIZE - 4;

/// Marks a stage 2: the bytes `FJ`.
pub const MAGIC: u16 = u16::from_le_bytes(*b"FJ");

/// The CRC-32 of `bytes`, as zlib's `crc32` and others have it.
#[must_use]
pub const fn crc32(bytes: &[u8]) -> u32 {
    !crc32_register(bytes)
}

/// The register behind `bytes`, before the final complement.
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

/// Two sums over words of 32 bits, both modulo 2^32: Fletcher's construction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct WordSums {
    /// Sum of all words: any change of a single word changes it.
    pub sum: u32,
    /// Sum of `sum` after each word. Two words that change places change it by the product of their distance
    /// and their difference.
    pub sum_of_sums: u32,
}

impl WordSums {
    /// The sums of `bytes`, whose length must be a multiple of 4.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        let (words, []) = bytes.as_chunks::<4>() else { panic!("an image is made of whole words") };
        let mut sums = Self::default();
        for word in words {
            sums.sum = sums.sum.wrapping_add(u32::from_le_bytes(*word));
            sums.sum_of_sums = sums.sum_of_sums.wrapping_add(sums.sum);
        }
        sums
    }
}

/// Fills in the sums and the CRC-32 of `image`, which is whole sectors and at least one.
pub fn seal(image: &mut [u8]) {
    let (first, rest) = image.split_at_mut(SECTOR_SIZE);
    let WordSums { sum, sum_of_sums } = WordSums::of(rest);
    first[SUMS_OFFSET..SUMS_OFFSET + 4].copy_from_slice(&sum.to_le_bytes());
    first[SUMS_OFFSET + 4..SUMS_OFFSET + 8].copy_from_slice(&sum_of_sums.to_le_bytes());
    let (checked, crc) = first.split_at_mut(CRC32_OFFSET);
    crc.copy_from_slice(&crc32_register(checked).to_le_bytes());
}

/// The sectors of the stage 2 whose first one this is; `None` if it is no stage 2's.
#[must_use]
pub fn sector_count(first_sector: &[u8]) -> Option<u16> {
    let header = first_sector.first_chunk::<SECTOR_SIZE>()?;
    let word = |offset| Some(u16::from_le_bytes(*header.get(offset..)?.first_chunk()?));
    let count = word(SECTOR_COUNT_OFFSET).filter(|count| *count > 0)?;
    (word(MAGIC_OFFSET)? == MAGIC).then_some(count)
}

/// Whether stage 1 and stage 2's first sector would find `image` whole. What isn't whole sectors isn't.
#[must_use]
pub fn is_whole(image: &[u8]) -> bool {
    let Some((first, rest)) = image.split_at_checked(SECTOR_SIZE) else { return false };
    if !rest.len().is_multiple_of(SECTOR_SIZE) {
        return false;
    }
    let stated = first[SUMS_OFFSET..SUMS_OFFSET + 8].as_chunks::<4>().0;
    let WordSums { sum, sum_of_sums } = WordSums::of(rest);
    crc32_register(first) == 0 && stated == [sum.to_le_bytes(), sum_of_sums.to_le_bytes()]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 1 KiB of bytes with no pattern to speak of, sealed.
    fn sealed_image() -> Vec<u8> {
        let mut state = 1u32;
        let mut image: Vec<u8> = std::iter::repeat_with(|| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            state.to_be_bytes()[0]
        })
        .take(2 * SECTOR_SIZE)
        .collect();
        seal(&mut image);
        image
    }

    #[test]
    fn the_crc_is_the_one_that_all_others_know() {
        assert_eq!(crc32(b"123456789"), 0xCBF4_3926);
    }

    #[test]
    fn a_known_sequence_has_the_sums_worked_out_by_hand() {
        let image = [1u32, 2, 0xFFFF_FFFF].map(u32::to_le_bytes).concat();
        assert_eq!(WordSums::of(&image), WordSums { sum: 2, sum_of_sums: 1 + 3 + 2 });
    }

    #[test]
    fn a_sealed_image_is_whole_and_one_that_is_cut_is_not() {
        let image = sealed_image();
        assert!(is_whole(&image));
        assert!(!is_whole(&image[..SECTOR_SIZE]));
        assert!(!is_whole(&[]));
        assert!(!is_whole(&image[..SECTOR_SIZE + 1]), "nor is a part of a word");
    }

    #[test]
    fn any_single_changed_byte_is_found() {
        let image = sealed_image();
        for position in 0..image.len() {
            for change in [0x01, 0x02, 0x04, 0x08, 0x10, 0x20, 0x40, 0x80, 0xFF] {
                let mut damaged = image.clone();
                damaged[position] ^= change;
                assert!(!is_whole(&damaged), "byte {position} changed by {change:#x}");
            }
        }
    }

    #[test]
    fn two_words_that_change_places_are_found() {
        let mut image = sealed_image();
        let (front, back) = image[SECTOR_SIZE..].split_at_mut(256);
        front[100..104].swap_with_slice(&mut back[100..104]);
        assert!(!is_whole(&image));
    }
}
