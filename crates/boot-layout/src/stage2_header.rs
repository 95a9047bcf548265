//! The header at the start of stage 2, and the checksum that stage 1 takes over all of it.
//!
//! | offset | size | field |
//! |---|---|---|
//! | 0 | 4 | a jump to the 16-bit entry |
//! | 4 | 2 | [`MAGIC`] |
//! | 6 | 1 | sectors in the image, this one included |
//! | 7 | 1 | zero |
//! | 8 | 8 | [`CheckWords`] |
//! | 16 | | what stage 1 prints before it jumps, ends with a line feed: it has no room for it |
//!
//! The check words are chosen so that [`checksum`] of the whole image, header and all, comes to zero:
//! stage 1 needs no exception for any byte. `docs/decisions/0001-stage-2-checksum.md` says why it isn't
//! a CRC.

/// Offset of [`MAGIC`].
pub const MAGIC_OFFSET: usize = 4;

/// Offset of the number of sectors, a `u8`.
pub const SECTOR_COUNT_OFFSET: usize = 6;

/// The most sectors that a stage 2 can have on the disk.
pub const MAX_SECTORS: usize = u8::MAX as usize;

/// Offset of the two check words.
pub const CHECK_WORDS_OFFSET: usize = 8;

/// Offset of the text that stage 1 prints before it jumps.
pub const GREETING_OFFSET: usize = 16;

/// Marks a stage 2: the bytes `FJ`. Two, because the checksum tells the rest.
pub const MAGIC: u16 = u16::from_le_bytes(*b"FJ");

/// The two sums of an image, both modulo 2^32. Fletcher's construction over 32-bit words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Checksum {
    /// Sum of all words: any change of a single word changes it.
    pub sum: u32,
    /// Sum of `sum` after each word. Two words that change places change it by the product of their distance
    /// and their difference.
    pub sum_of_sums: u32,
}

/// The checksum of `image`, whose length must be a multiple of 4 (the rest would be left out).
#[must_use]
pub fn checksum(image: &[u8]) -> Checksum {
    let (words, []) = image.as_chunks::<4>() else { panic!("an image is made of whole words") };
    let mut checksum = Checksum::default();
    for word in words {
        checksum.sum = checksum.sum.wrapping_add(u32::from_le_bytes(*word));
        checksum.sum_of_sums = checksum.sum_of_sums.wrapping_add(checksum.sum);
    }
    checksum
}

/// Two words in the header that bring an image's checksum to zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CheckWords(pub [u32; 2]);

impl CheckWords {
    /// The words for `image`, in which they must still be zero.
    ///
    /// With `n` words from the first check word to the end, the first adds itself `n` times to
    /// `sum_of_sums` and the second `n - 1` times; both together must cancel `sum`.
    #[must_use]
    pub fn for_image(image: &[u8]) -> Self {
        let Checksum { sum, sum_of_sums } = checksum(image);
        let words_behind = u32::try_from((image.len() - CHECK_WORDS_OFFSET) / 4 - 1)
            .expect("stage 2 is far smaller than 16 GiB");
        let first = sum.wrapping_mul(words_behind).wrapping_sub(sum_of_sums);
        let second = sum.wrapping_add(first).wrapping_neg();
        Self([first, second])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 1 KiB of bytes with no pattern to speak of, check words in place.
    fn sealed_image() -> Vec<u8> {
        let mut state = 1u32;
        let mut image: Vec<u8> = std::iter::repeat_with(|| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            state.to_be_bytes()[0]
        })
        .take(1024)
        .collect();
        image[CHECK_WORDS_OFFSET..CHECK_WORDS_OFFSET + 8].fill(0);
        let CheckWords([first, second]) = CheckWords::for_image(&image);
        image[CHECK_WORDS_OFFSET..CHECK_WORDS_OFFSET + 4].copy_from_slice(&first.to_le_bytes());
        image[CHECK_WORDS_OFFSET + 4..CHECK_WORDS_OFFSET + 8].copy_from_slice(&second.to_le_bytes());
        image
    }

    #[test]
    fn a_known_sequence_has_the_sums_worked_out_by_hand() {
        let image = [1u32, 2, 0xFFFF_FFFF].map(u32::to_le_bytes).concat();
        assert_eq!(checksum(&image), Checksum { sum: 2, sum_of_sums: 1 + 3 + 2 });
    }

    #[test]
    fn check_words_bring_both_sums_to_zero() {
        assert_eq!(checksum(&sealed_image()), Checksum::default());
    }

    #[test]
    fn any_single_changed_byte_is_found() {
        let image = sealed_image();
        for position in 0..image.len() {
            for change in 1..=u8::MAX {
                let mut damaged = image.clone();
                damaged[position] ^= change;
                assert_ne!(checksum(&damaged).sum, 0, "byte {position} changed by {change:#x}");
            }
        }
    }

    #[test]
    fn two_words_that_change_places_are_found() {
        let mut image = sealed_image();
        let (front, back) = image.split_at_mut(512);
        front[100..104].swap_with_slice(&mut back[100..104]);
        assert_ne!(checksum(&image), Checksum::default());
    }
}
