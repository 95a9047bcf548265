//! Compares the fast sums with the definition, and checks that the changes in the proof are detected.

use std::collections::BTreeSet;

use super::*;
use crate::row::portable;
use proptest::prelude::*;

/// Words in a row.
const COLUMNS: usize = ROW / 8;

/// Calculates the checksum by its definition, word by word.
fn definition(parts: &[&[u8]]) -> Checksum {
    let len: usize = parts.iter().map(|part| part.len()).sum();
    let mut words = Vec::new();
    for part in parts.iter().chain([&(len as u64).to_le_bytes().as_slice()]) {
        let mut padded = part.to_vec();
        padded.resize(part.len().next_multiple_of(ROW), 0);
        words.extend(padded.as_chunks().0.iter().map(|word| u64::from_le_bytes(*word)));
    }
    let mut checksum = Checksum { sum: 0, fletcher: 0, rows: 0, columns: 0 };
    for word in &words {
        checksum.sum = checksum.sum.wrapping_add(*word);
        checksum.fletcher = checksum.fletcher.wrapping_add(checksum.sum);
    }
    let upper_half = |words: &mut dyn Iterator<Item = &u64>| words.copied().fold(0, u64::wrapping_add) >> 32;
    for (t, row) in words.chunks(COLUMNS).enumerate() {
        let weight = (words.len() / COLUMNS - t) as u64;
        let uppers = upper_half(&mut row.iter().step_by(2)) + upper_half(&mut row[1..].iter().step_by(2));
        checksum.rows = checksum.rows.wrapping_add(weight * uppers);
    }
    for c in 0..COLUMNS {
        checksum.columns += (c as u64 + 1) * upper_half(&mut words[c..].iter().step_by(COLUMNS));
    }
    checksum
}

/// Returns pseudo-random bytes.
fn noise(len: usize) -> Vec<u8> {
    let mut state = 1u32;
    let next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state.to_be_bytes()[0]
    };
    std::iter::repeat_with(next).take(len).collect()
}

/// Returns bytes whose sums carry sometimes, often, and never.
fn backgrounds(len: usize) -> [Vec<u8>; 3] {
    [noise(len), vec![0xFF; len], vec![0; len]]
}

#[test]
fn a_short_input_has_the_sums_calculated_by_hand() {
    // Row 0: the words 2^32 + 1 and 2, then zeros. Row 1: the number of bytes, 16, then zeros.
    let checksum = Checksum::of(&[1, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0]);
    let sum = (1 << 32) + 1 + 2 + 16;
    let fletcher = 32 * ((1 << 32) + 1) + 31 * 2 + 16 * 16;
    assert_eq!(checksum, Checksum { sum, fletcher, rows: 2, columns: 1 });
}

#[test]
fn chunks_of_any_length_match_the_definition() {
    let bytes = noise(5000);
    for step in [1, 3, 15, 16, 17, 100, 127, 128, 129, 511, 512, 5000] {
        for len in [0, 1, 15, 16, 17, 127, 128, 129, 255, 256, 4999, 5000] {
            let (mut sums, mut copy) = (Sums::new(), vec![0xAA; len]);
            for (from, to) in bytes[..len].chunks(step).zip(copy.chunks_mut(step)) {
                sums.copy(from, to);
            }
            assert_eq!(sums.finish(), definition(&[&bytes[..len]]), "{len} bytes, {step} at once");
            assert!(copy == bytes[..len]);
        }
    }
}

#[test]
fn sums_that_wrap_match_the_definition() {
    for bytes in backgrounds(64 << 10) {
        assert_eq!(Checksum::of(&bytes), definition(&[&bytes]));
    }
}

#[test]
fn each_part_begins_with_a_new_row() {
    let (one, two) = (noise(77), noise(333));
    let mut sums = Sums::new();
    sums.part(&one);
    sums.copy(&two, &mut [0; 333]);
    assert_eq!(sums.finish(), definition(&[&one, &two]));
}

#[test]
fn the_portable_lanes_match() {
    for mut bytes in backgrounds(10 * ROW) {
        let checksum = Checksum::of(&bytes);
        let length = (bytes.len() as u64).to_le_bytes();
        bytes.extend_from_slice(&length);
        bytes.resize(11 * ROW, 0);
        let mut lanes = portable::Lanes::new();
        lanes.copy(bytes.as_chunks().0.as_chunks().0, &mut [[[0; BLOCK]; BLOCKS_PER_ROW]; 11]);
        assert_eq!(lanes.sums().checksum(), checksum);
    }
}

#[test]
fn one_or_two_flipped_bits_are_found() {
    let bytes = noise(ROW + 40);
    let good = Checksum::of(&bytes);
    for first in 0..bytes.len() * 8 {
        let mut damaged = bytes.clone();
        damaged[first / 8] ^= 1 << (first % 8);
        assert_ne!(Checksum::of(&damaged), good, "bit {first}");
        for second in first + 1..bytes.len() * 8 {
            damaged[second / 8] ^= 1 << (second % 8);
            assert_ne!(Checksum::of(&damaged), good, "bits {first} and {second}");
            damaged[second / 8] ^= 1 << (second % 8);
        }
    }
}

#[test]
fn bursts_of_up_to_65_bits_are_found_at_each_bit() {
    let patterns = noise(16 * 6);
    for bytes in backgrounds(2 * ROW) {
        let good = Checksum::of(&bytes);
        for bits in 1..=65 {
            let within = (1u128 << bits) - 1;
            let ends = 1 | 1 << (bits - 1);
            let random = patterns.as_chunks().0.iter().map(|pattern| u128::from_le_bytes(*pattern));
            for burst in random.chain([0, u128::MAX]).map(|pattern| (pattern & within) | ends) {
                for bit in 0..=bytes.len() * 8 - bits {
                    let mut damaged = bytes.clone();
                    let start = (bit / 8).min(bytes.len() - 16);
                    let window: &mut [u8; 16] = damaged[start..].first_chunk_mut().unwrap();
                    *window = (u128::from_le_bytes(*window) ^ (burst << (bit - start * 8))).to_le_bytes();
                    assert_ne!(Checksum::of(&damaged), good, "{burst:#x} at bit {bit}");
                }
            }
        }
    }
}

/// Asserts that the checksum depends on the order of two words of `N` bytes at two places.
fn assert_order_counts<const N: usize>(bytes: &mut [u8], places: [usize; 2], words: [[u8; N]; 2]) {
    let mut checksum = |words: [[u8; N]; 2]| {
        for (place, word) in places.into_iter().zip(words) {
            bytes[place * N..][..N].copy_from_slice(&word);
        }
        Checksum::of(bytes)
    };
    let [one, other] = words;
    assert_ne!(checksum([one, other]), checksum([other, one]), "{one:x?} and {other:x?} at {places:?}");
}

/// Returns pairs of words that differ in a single bit, or by a power of two with all its carries.
fn similar_words() -> impl Iterator<Item = [u64; 2]> {
    let third = u64::MAX / 3;
    (0..64).map(|bit| 1u64 << bit).flat_map(move |one| {
        [[0, one], [u64::MAX, u64::MAX ^ one], [one, one - 1], [third, third.wrapping_add(one)]]
    })
}

/// Returns such pairs of 32-bit words.
fn similar_halves() -> impl Iterator<Item = [[u8; 4]; 2]> {
    let half = |word: u64| u32::try_from(word & u64::from(u32::MAX)).unwrap().to_le_bytes();
    similar_words().map(move |words| words.map(half)).filter(|[one, other]| one != other)
}

#[test]
fn swapped_words_of_32_bits_are_found_at_every_two_places() {
    for mut bytes in backgrounds(2 * ROW) {
        for one in 0..bytes.len() / 4 {
            for other in one + 1..bytes.len() / 4 {
                similar_halves().for_each(|words| assert_order_counts(&mut bytes, [one, other], words));
            }
        }
    }
}

#[test]
fn swapped_words_of_64_bits_are_found_at_every_two_places() {
    for mut bytes in backgrounds(2 * ROW) {
        for one in 0..bytes.len() / 8 {
            for other in one + 1..bytes.len() / 8 {
                let words = similar_words().map(|words| words.map(u64::to_le_bytes));
                words.for_each(|words| assert_order_counts(&mut bytes, [one, other], words));
            }
        }
    }
}

#[test]
fn swapped_words_are_found_at_any_power_of_two() {
    // `fletcher` alone, modulo 2^64, would miss some of them.
    for mut bytes in backgrounds(1 << 15) {
        for distance in (0..13).map(|power| 1 << power) {
            for words in similar_halves() {
                assert_order_counts(&mut bytes, [0, distance], words);
                assert_order_counts(&mut bytes, [1, distance + 1], words);
            }
        }
    }
}

#[test]
fn a_different_number_of_zeros_is_found() {
    let lengths = [0, 1, 4, 16, 17, 127, 128, 129, 512];
    let sums: BTreeSet<_> = lengths.map(|len| Checksum::of(&vec![0; len]).sum).into();
    assert_eq!(sums.len(), lengths.len());
}

/// Returns the same four sums over words of four bits, two rows of two columns: small enough for every case. The rows have
/// one lane here, so that two columns share a row's sum; in the real checksum, eight do.
fn small_sums(words: u16) -> [u16; 4] {
    let word = |place: u16| (words >> (4 * place)) & 15;
    let upper = |one: u16, other: u16| ((one + other) & 15) >> 2;
    let [a, b, c, d] = [0, 1, 2, 3].map(word);
    let rows = 2 * upper(a, b) + upper(c, d);
    let columns = upper(a, c) + 2 * upper(b, d);
    [a + b + c + d, 4 * a + 3 * b + 2 * c + d, rows, columns].map(|sum| sum & 15)
}

#[test]
fn any_change_within_two_small_words_is_found() {
    let sums: Vec<_> = (0..=u16::MAX).map(small_sums).collect();
    for words in 0..=u16::MAX {
        for (one, other) in [(0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3)] {
            let kept = words & !((15 << (4 * one)) | (15 << (4 * other)));
            for values in 0..256 {
                let changed = kept | ((values & 15) << (4 * one)) | ((values >> 4) << (4 * other));
                assert!(
                    changed == words || sums[usize::from(changed)] != sums[usize::from(words)],
                    "{words:04x} and {changed:04x}"
                );
            }
        }
    }
}

proptest! {
    #[test]
    fn any_parts_match_the_definition(
        parts in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..700), 0..5),
    ) {
        let mut sums = Sums::new();
        parts.iter().for_each(|part| sums.part(part));
        let parts: Vec<_> = parts.iter().map(Vec::as_slice).collect();
        prop_assert_eq!(sums.finish(), definition(&parts));
    }

    #[test]
    fn any_change_within_two_words_is_found(
        bytes in prop::collection::vec(any::<u8>(), 16..2000),
        places in any::<[prop::sample::Index; 2]>(),
        change in any::<u64>(),
        shift in 0u32..64,
    ) {
        // `sum` stays the same, and the change's lowest bits are zeros: this includes all changes that the first two sums miss.
        let mut damaged = bytes.clone();
        let words = damaged.as_chunks_mut::<8>().0;
        let [one, other] = places.map(|place| place.index(words.len()));
        let change = change << shift;
        prop_assume!(one != other && change != 0);
        words[one] = u64::from_le_bytes(words[one]).wrapping_add(change).to_le_bytes();
        words[other] = u64::from_le_bytes(words[other]).wrapping_sub(change).to_le_bytes();
        prop_assert_ne!(Checksum::of(&damaged), Checksum::of(&bytes));
    }
}

#[test]
fn the_text_has_the_sums_in_their_order() {
    let checksum = Checksum { sum: 0x0123_4567_89AB_CDEF, fletcher: 0xFE, rows: 1 << 63, columns: 7 };
    let text = "0123456789abcdef00000000000000fe80000000000000000000000000000007";
    assert_eq!(checksum.to_string(), text);
    let digit = |index: usize| u8::from_str_radix(&text[2 * index..2 * index + 2], 16).unwrap();
    assert_eq!(Checksum::from_bytes(std::array::from_fn(digit)), checksum);
}
