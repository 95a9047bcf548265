//! An ATA drive's data for IDENTIFY DEVICE.

use farjump_ata::{Identity, Sector};

use crate::{Target, assert_one_line};

/// This target.
pub const TARGET: Target = Target { name: "ata", what: "an ATA drive's IDENTIFY data", corpus, run };

/// A drive of 28-bit addresses and one of 48-bit addresses, neither with a checksum: damage would only break that.
fn corpus() -> Vec<Vec<u8>> {
    let small = [(49, 1 << 9), (60, 0x8000), (61, 1)];
    let large = [(49, 1 << 9), (83, 1 << 14 | 1 << 10), (100, 0x5678), (101, 0x1234), (106, 1 << 14)];
    [&small[..], &large].map(identify_data).to_vec()
}

/// Returns the data with these words, and a model's name.
fn identify_data(words: &[(usize, u16)]) -> Vec<u8> {
    let mut data = vec![0; size_of::<Sector>()];
    let mut put = |index: usize, word: [u8; 2]| data[2 * index..2 * index + 2].copy_from_slice(&word);
    words.iter().for_each(|(index, word)| put(*index, word.to_le_bytes()));
    put(27, *b"EQ");
    put(28, *b"UM");
    (29..47).for_each(|index| put(index, *b"  "));
    data
}

fn run(bytes: &[u8]) {
    let mut data: Sector = [0; size_of::<Sector>()];
    let length = bytes.len().min(data.len());
    data[..length].copy_from_slice(&bytes[..length]);
    match Identity::parse(&data) {
        Ok(identity) => {
            assert!((1..1 << 48).contains(&identity.sectors));
            assert!(identity.has_lba48 || identity.sectors < 1 << 32);
            assert!(identity.model().is_ascii());
        }
        Err(error) => assert_one_line(&error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_drives_to_begin_with_are_taken() {
        let sectors = corpus().into_iter().map(|data| {
            let identity = Identity::parse(&data.try_into().unwrap()).unwrap();
            assert_eq!(identity.model(), "QEMU");
            identity.sectors
        });
        assert!(sectors.eq([0x1_8000, 0x1234_5678]));
    }
}
