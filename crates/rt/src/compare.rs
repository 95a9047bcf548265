//! `memcmp` and `bcmp`.
//!
//! Bytes are compared as big-endian numbers, whose order is the order of the bytes. Where the last number
//! overlaps the one before it, the bytes that are compared twice are known to be the same.

use core::cmp::Ordering;

use crate::unaligned::load;

/// Compares `count` bytes: less than, equal to or greater than zero, as the first that differ are ordered
/// as unsigned numbers.
///
/// # Safety
/// The bytes at both addresses can be read.
#[cfg_attr(not(test), unsafe(no_mangle))]
pub unsafe extern "C" fn memcmp(left: *const u8, right: *const u8, count: usize) -> i32 {
    // SAFETY: guaranteed by the caller.
    unsafe { compare(left, right, count) as i32 }
}

/// Compares `count` bytes: zero if they are all equal.
///
/// # Safety
/// The bytes at both addresses can be read.
#[cfg_attr(not(test), unsafe(no_mangle))]
pub unsafe extern "C" fn bcmp(left: *const u8, right: *const u8, count: usize) -> i32 {
    // SAFETY: guaranteed by the caller.
    unsafe { compare(left, right, count) as i32 }
}

/// Returns the order of the first bytes that differ.
///
/// # Safety
/// As for [`memcmp`].
#[inline(always)]
unsafe fn compare(left: *const u8, right: *const u8, count: usize) -> Ordering {
    let Some(last_offset) = count.checked_sub(8) else {
        // SAFETY: guaranteed by the caller, and fewer than 8 bytes.
        let left = unsafe { short_number(left, count) };
        // SAFETY: as above.
        return left.cmp(&unsafe { short_number(right, count) });
    };
    let mut offset = 0;
    loop {
        // SAFETY: `offset` is at most `last_offset`: 8 bytes from it on are among `count`.
        let left: u64 = unsafe { load(left, offset) };
        // SAFETY: as above.
        let right: u64 = unsafe { load(right, offset) };
        if left != right {
            return left.swap_bytes().cmp(&right.swap_bytes());
        }
        if offset == last_offset {
            return Ordering::Equal;
        }
        offset = last_offset.min(offset.wrapping_add(8));
    }
}

/// Fewer than 8 bytes as a number whose order is theirs.
///
/// # Safety
/// `count` is less than 8, and as many bytes can be read.
#[inline(always)]
unsafe fn short_number(bytes: *const u8, count: usize) -> u64 {
    if count >= 4 {
        // SAFETY: the first 4 of `count` bytes.
        let first: u32 = unsafe { load(bytes, 0) };
        // SAFETY: the last 4 of `count` bytes.
        let last: u32 = unsafe { load(bytes, count.wrapping_sub(4)) };
        return u64::from(first.swap_bytes()) << 32 | u64::from(last.swap_bytes());
    }
    if count == 0 {
        return 0;
    }
    // SAFETY: the first of 1 to 3 bytes.
    let first: u8 = unsafe { load(bytes, 0) };
    // SAFETY: the only one, or the second.
    let middle: u8 = unsafe { load(bytes, count / 2) };
    // SAFETY: the last.
    let last: u8 = unsafe { load(bytes, count.wrapping_sub(1)) };
    u64::from(first) << 16 | u64::from(middle) << 8 | u64::from(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the order that this crate finds, and whether it finds them equal.
    fn compared(left: &[u8], right: &[u8]) -> (Ordering, bool) {
        // SAFETY: both slices have this length.
        let order = unsafe { memcmp(left.as_ptr(), right.as_ptr(), left.len()) };
        // SAFETY: as above.
        let difference = unsafe { bcmp(left.as_ptr(), right.as_ptr(), left.len()) };
        (order.cmp(&0), difference == 0)
    }

    #[test]
    fn one_changed_byte_decides_wherever_it_is() {
        for (count, start) in (0..=70).flat_map(|count| (0..9).map(move |start| (count, start))) {
            let left: Vec<u8> = (0..100u8).map(|byte| byte.wrapping_mul(151)).collect();
            let bytes = start..start + count;
            assert_eq!(compared(&left[bytes.clone()], &left[bytes.clone()]), (Ordering::Equal, true));
            for position in bytes.clone() {
                let mut right = left.clone();
                right[position] ^= 0x80;
                let expected = left[bytes.clone()].cmp(&right[bytes.clone()]);
                assert_eq!(compared(&left[bytes.clone()], &right[bytes.clone()]), (expected, false));
                assert_eq!(
                    compared(&right[bytes.clone()], &left[bytes.clone()]),
                    (expected.reverse(), false)
                );
            }
        }
    }

    #[test]
    fn the_first_of_two_changed_bytes_decides() {
        for count in 2..40 {
            for (first, second) in
                (0..count).flat_map(|first| (first + 1..count).map(move |second| (first, second)))
            {
                let left = vec![7u8; count];
                let mut right = left.clone();
                right[first] = 6;
                right[second] = 8;
                assert_eq!(
                    compared(&left, &right),
                    (Ordering::Greater, false),
                    "{first}, {second} of {count}"
                );
            }
        }
    }

    #[test]
    fn bytes_are_unsigned_and_what_follows_does_not_count() {
        assert_eq!(compared(&[0x80], &[0x7F]), (Ordering::Greater, false));
        let (left, right) = ([1u8, 2, 3, 4], [1u8, 2, 3, 5]);
        assert_eq!(compared(&left[..3], &right[..3]), (Ordering::Equal, true));
    }
}
