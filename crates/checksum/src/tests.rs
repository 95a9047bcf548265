//! The fast sums against the definition, and what the proof says is found.

use super::*;
use crate::block::portable;

/// The definition, word by word.
fn definition(parts: &[&[u8]]) -> Checksum {
    let len: usize = parts.iter().map(|part| part.len()).sum();
    let length = (len as u64).to_le_bytes();
    let mut checksum = Checksum { sum: 0, sum_of_sums: 0 };
    for part in parts.iter().chain([&length.as_slice()]) {
        let mut padded = part.to_vec();
        padded.resize(part.len().next_multiple_of(BLOCK), 0);
        for word in padded.as_chunks::<4>().0 {
            checksum.sum = checksum.sum.wrapping_add(u32::from_le_bytes(*word).into());
            checksum.sum_of_sums = checksum.sum_of_sums.wrapping_add(checksum.sum);
        }
    }
    checksum
}

/// Bytes with no pattern to speak of.
fn noise(len: usize) -> Vec<u8> {
    let mut state = 1u32;
    let next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state.to_be_bytes()[0]
    };
    std::iter::repeat_with(next).take(len).collect()
}

#[test]
fn a_short_text_has_the_sums_worked_out_by_hand() {
    // The words 1, 2, 0, 0; then 8, 0, 0, 0 for the length.
    let checksum = Checksum::of(&[1, 0, 0, 0, 2, 0, 0, 0]);
    assert_eq!(checksum, Checksum { sum: 11, sum_of_sums: 1 + 3 + 3 + 3 + 11 * 4 });
}

#[test]
fn pieces_of_any_length_come_to_what_the_definition_says() {
    let bytes = noise(5000);
    for step in [1, 3, 15, 16, 17, 100, 127, 128, 129, 511, 512, 5000] {
        for len in [0, 1, 15, 16, 17, 255, 256, 4999, 5000] {
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
fn each_part_begins_with_a_new_block() {
    let (one, two) = (noise(77), noise(33));
    let mut sums = Sums::new();
    sums.part(&one);
    sums.copy(&two, &mut [0; 33]);
    assert_eq!(sums.finish(), definition(&[&one, &two]));
}

#[test]
fn the_portable_lanes_say_the_same() {
    let mut lanes = portable::Lanes::new();
    let mut bytes = noise(160);
    bytes[..32].fill(0xFF);
    lanes.copy(bytes.as_chunks().0, &mut [[0; BLOCK]; 10]);
    lanes.copy(&[[160, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]], &mut [[0; BLOCK]]);
    assert_eq!(lanes.sums().checksum(), Checksum::of(&bytes));
}

#[test]
fn every_flipped_bit_and_every_two_are_found() {
    let bytes = noise(96);
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
fn bursts_of_33_bits_are_found() {
    let bytes = noise(64);
    let good = Checksum::of(&bytes);
    let patterns = noise(8 * 400);
    for pattern in patterns.as_chunks::<8>().0 {
        let burst = u64::from_le_bytes(*pattern) & 0x1_FFFF_FFFF | 1;
        for bit in 0..(bytes.len() * 8 - 33) {
            let mut damaged = bytes.clone();
            let start = (bit / 8).min(bytes.len() - 8);
            let window: &mut [u8; 8] = damaged[start..].first_chunk_mut().unwrap();
            *window = (u64::from_le_bytes(*window) ^ burst << (bit - start * 8)).to_le_bytes();
            assert_ne!(Checksum::of(&damaged), good, "{burst:#x} at bit {bit}");
        }
    }
}

#[test]
fn words_that_differ_in_one_high_bit_and_change_places_are_found_at_any_power_of_two() {
    // What sums of 64-bit words modulo 2^64 would miss.
    let mut bytes = vec![0; 1 << 16];
    bytes[3] = 0x80;
    for distance in (2..16).map(|power| 1 << power) {
        let mut swapped = bytes.clone();
        swapped.swap(3, 3 + distance);
        assert_ne!(Checksum::of(&swapped), Checksum::of(&bytes), "{distance} bytes apart");
    }
}

#[test]
fn zeros_of_another_length_are_found() {
    let lengths = [0, 1, 4, 16, 17, 512];
    let sums: std::collections::BTreeSet<_> = lengths.map(|len| Checksum::of(&vec![0; len]).sum).into();
    assert_eq!(sums.len(), lengths.len());
}

#[test]
fn the_text_has_the_sum_first() {
    let checksum = Checksum { sum: 0x0123_4567_89AB_CDEF, sum_of_sums: 0xFE };
    assert_eq!(checksum.to_string(), "0123456789abcdef00000000000000fe");
    let mut bytes = [0; 16];
    bytes[..8].copy_from_slice(&[0x01, 0x23, 0x45, 0x67, 0x89, 0xAB, 0xCD, 0xEF]);
    bytes[15] = 0xFE;
    assert_eq!(Checksum::from_bytes(bytes), checksum);
}
