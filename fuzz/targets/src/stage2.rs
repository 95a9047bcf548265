//! Stage 2's header and its checksums, as `cargo xtask flash` verifies them, and stages 1 and 2 in assembly.

use boot_layout::disk::SECTOR_SIZE;
use boot_layout::stage2_header::{
    MAGIC, MAGIC_OFFSET, SECTOR_COUNT_OFFSET, is_whole, sector_count, update_checksums,
};

use crate::Target;

/// This target.
pub const TARGET: Target = Target { name: "stage2", what: "stage 2's header and checksums", corpus, run };

/// Returns images of one sector and of three.
fn corpus() -> Vec<Vec<u8>> {
    [1, 3].map(image).to_vec()
}

fn image(sectors: u8) -> Vec<u8> {
    let mut image: Vec<u8> = (0..=250).cycle().take(usize::from(sectors) * SECTOR_SIZE).collect();
    image[MAGIC_OFFSET..MAGIC_OFFSET + 2].copy_from_slice(&MAGIC.to_le_bytes());
    image[SECTOR_COUNT_OFFSET..SECTOR_COUNT_OFFSET + 2].copy_from_slice(&u16::from(sectors).to_le_bytes());
    update_checksums(&mut image);
    image
}

fn run(bytes: &[u8]) {
    let count = sector_count(bytes);
    assert!(count.is_none_or(|count| count > 0 && bytes.len() >= SECTOR_SIZE));
    let original = corpus().into_iter().find(|image| image.len() == bytes.len());
    if let Some(original) = original {
        check_damage(&original, bytes);
    }
}

/// Checks that a change within one aligned word of 32 bits is detected in each sector.
fn check_damage(original: &[u8], damaged: &[u8]) {
    let (words, damaged_words) = (original.as_chunks::<4>().0, damaged.as_chunks::<4>().0);
    let changed = words.iter().zip(damaged_words).filter(|(one, other)| one != other).count();
    assert!(changed != 0 || is_whole(damaged));
    assert!(changed != 1 || !is_whole(damaged));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_images_to_begin_with_are_whole_and_say_how_long_they_are() {
        let counts = corpus().into_iter().map(|image| {
            assert!(is_whole(&image));
            sector_count(&image)
        });
        assert!(counts.eq([Some(1), Some(3)]));
    }
}
