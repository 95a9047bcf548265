//! One change of an input, as caused by storage, transport, editors and attackers.

use crate::Random;

/// The maximum number of bytes that one change adds.
const MAX_GROWTH: usize = 256;

/// Integers at which arithmetic breaks: zero, the ends of the ranges, their neighbours, sizes of pages and sectors.
const INTEGERS: [u64; 22] = [
    0,
    1,
    2,
    15,
    127,
    128,
    255,
    256,
    511,
    512,
    4095,
    4096,
    0x7FFF,
    0xFFFF,
    0x1_0000,
    0x7FFF_FFFF,
    0x8000_0000,
    0xFFFF_FFFF,
    0x7FFF_FFFF_FFFF_FFFF,
    0x8000_0000_0000_0000,
    0xFFFF_FFFF_FFFF_F000,
    u64::MAX,
];

/// Changes `bytes` once, at random. `donor` is another input, of which parts may be copied.
pub fn mutate(bytes: &mut Vec<u8>, donor: &[u8], random: &mut Random) {
    match random.below(16) {
        0..=2 => flip_bit(bytes, random),
        3..=5 => set_byte(bytes, random),
        6..=8 => set_integer(bytes, random),
        9 => shift_integer(bytes, random),
        10 => bytes.truncate(random.below(bytes.len() + 1)),
        11 => drop(bytes.drain(range(bytes.len(), random))),
        12 => insert(bytes, random),
        13 => copy_within(bytes, random),
        14 => splice(bytes, donor, random),
        _ => fill(bytes, random),
    }
}

fn flip_bit(bytes: &mut [u8], random: &mut Random) {
    let bit = random.below(8);
    if let Some(byte) = place(bytes, random) {
        *byte ^= 1 << bit;
    }
}

fn set_byte(bytes: &mut [u8], random: &mut Random) {
    let value = random.byte();
    if let Some(byte) = place(bytes, random) {
        *byte = value;
    }
}

/// Writes one of [`INTEGERS`], with 1, 2, 4 or 8 bytes, in either byte order, aligned or not.
fn set_integer(bytes: &mut [u8], random: &mut Random) {
    let value = random.pick(&INTEGERS).copied().unwrap_or_default();
    let size = 1 << random.below(4);
    let (little, big) = (value.to_le_bytes(), value.to_be_bytes());
    let digits = if random.below(4) == 0 { &big[8 - size..] } else { &little[..size] };
    let alignment = if random.below(2) == 0 { size } else { 1 };
    let position = random.below(bytes.len()) / alignment * alignment;
    bytes.iter_mut().skip(position).zip(digits).for_each(|(byte, digit)| *byte = *digit);
}

/// Adds a small number to the little-endian one of 1, 2, 4 or 8 bytes somewhere, or takes it away.
fn shift_integer(bytes: &mut [u8], random: &mut Random) {
    let size = 1 << random.below(4);
    let Some(last) = bytes.len().checked_sub(size) else { return };
    let start = random.below(last + 1);
    let delta = random.below(33) as u64;
    let mut wide = [0; 8];
    wide[..size].copy_from_slice(&bytes[start..start + size]);
    let value = u64::from_le_bytes(wide).wrapping_add(delta).wrapping_sub(16);
    bytes[start..start + size].copy_from_slice(&value.to_le_bytes()[..size]);
}

fn insert(bytes: &mut Vec<u8>, random: &mut Random) {
    let position = random.below(bytes.len() + 1);
    let (count, value) = (1 + random.below(MAX_GROWTH), random.byte());
    bytes.splice(position..position, std::iter::repeat_n(value, count));
}

fn copy_within(bytes: &mut [u8], random: &mut Random) {
    let source = range(bytes.len(), random);
    let position = random.below(bytes.len() - source.len() + 1);
    bytes.copy_within(source, position);
}

/// Replaces a part of `bytes` with a part of `donor`.
fn splice(bytes: &mut Vec<u8>, donor: &[u8], random: &mut Random) {
    let mut taken = range(donor.len(), random);
    let replaced = range(bytes.len(), random);
    taken.end = taken.end.min(taken.start + replaced.len() + MAX_GROWTH);
    bytes.splice(replaced, donor[taken].iter().copied());
}

fn fill(bytes: &mut [u8], random: &mut Random) {
    let value = random.byte();
    let filled = range(bytes.len(), random);
    bytes[filled].fill(value);
}

fn place<'a>(bytes: &'a mut [u8], random: &mut Random) -> Option<&'a mut u8> {
    let position = random.below(bytes.len());
    bytes.get_mut(position)
}

/// Returns a range within `0..length`, most often a short one.
fn range(length: usize, random: &mut Random) -> std::ops::Range<usize> {
    let start = random.below(length + 1);
    let longest = if random.below(4) == 0 { length - start } else { (length - start).min(16) };
    start..start + random.below(longest + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_input_can_be_changed_even_none_at_all_and_none_grows_without_bounds() {
        for length in [0, 1, 2, 7, 8, 9, 100] {
            for seed in 0..2000 {
                let mut bytes = vec![0x55; length];
                mutate(&mut bytes, &[7; 1000], &mut Random::new(seed));
                assert!(bytes.len() <= length + MAX_GROWTH, "seed {seed}");
            }
        }
    }

    #[test]
    fn every_byte_is_reached_and_most_changes_change_something() {
        let original = [0x55; 64];
        let mut reached = [false; 64];
        let mut changed = 0;
        for seed in 0..4000 {
            let mut bytes = original.to_vec();
            mutate(&mut bytes, &[7; 64], &mut Random::new(seed));
            changed += u32::from(bytes != original);
            bytes.iter().zip(&mut reached).for_each(|(byte, reached)| *reached |= *byte != 0x55);
        }
        assert_eq!(reached, [true; 64]);
        assert!(changed > 3000, "{changed}");
    }
}
