//! `memcpy` and `memmove`.

use core::arch::asm;

use crate::unaligned::{load, store};

/// Copies `count` bytes from `source` to `destination` and returns `destination`.
///
/// # Safety
/// The bytes at `source` can be read, those at `destination` written, and the two don't overlap.
#[cfg_attr(not(test), unsafe(no_mangle))]
pub unsafe extern "C" fn memcpy(destination: *mut u8, source: *const u8, count: usize) -> *mut u8 {
    if count <= 32 {
        // SAFETY: guaranteed by the caller, and at most 32 bytes.
        unsafe { copy_short(destination, source, count) };
    } else {
        // SAFETY: guaranteed by the caller, and more than 32 bytes.
        unsafe { copy_forward(destination, source, count) };
    }
    destination
}

/// Copies `count` bytes from `source` to `destination`, which may overlap and returns `destination`.
///
/// # Safety
/// The bytes at `source` can be read, those at `destination` written.
#[cfg_attr(not(test), unsafe(no_mangle))]
pub unsafe extern "C" fn memmove(destination: *mut u8, source: *const u8, count: usize) -> *mut u8 {
    if count <= 32 {
        // SAFETY: guaranteed by the caller, and at most 32 bytes.
        unsafe { copy_short(destination, source, count) };
    } else if destination.addr().wrapping_sub(source.addr()) >= count {
        // SAFETY: guaranteed by the caller, more than 32 bytes, and the destination begins before the source
        // or past its end.
        unsafe { copy_forward(destination, source, count) };
    } else {
        // SAFETY: guaranteed by the caller, more than 32 bytes, and the destination begins in the source.
        unsafe { copy_backward(destination, source, count) };
    }
    destination
}

/// Copies up to 32 bytes, which may overlap.
///
/// # Safety
/// As for [`memmove`]; `count` is at most 32.
#[inline(always)]
unsafe fn copy_short(destination: *mut u8, source: *const u8, count: usize) {
    match count {
        0 => {}
        // SAFETY: guaranteed by the caller; here and below `count` is one to two times the type's size.
        1 => unsafe { copy_ends::<u8>(destination, source, count) },
        // SAFETY: as above.
        2..4 => unsafe { copy_ends::<u16>(destination, source, count) },
        // SAFETY: as above.
        4..8 => unsafe { copy_ends::<u32>(destination, source, count) },
        // SAFETY: as above.
        8..16 => unsafe { copy_ends::<u64>(destination, source, count) },
        // SAFETY: as above.
        _ => unsafe { copy_ends::<u128>(destination, source, count) },
    }
}

/// Copies the first `T` and the last, which together are all bytes; both are loaded before one is stored.
///
/// # Safety
/// As for [`memmove`]; `count` is one to two times the size of `T`, an integer.
#[inline(always)]
unsafe fn copy_ends<T: Copy>(destination: *mut u8, source: *const u8, count: usize) {
    let last_offset = count.wrapping_sub(size_of::<T>());
    // SAFETY: the first bytes of `count`, which the caller guarantees can be read.
    let first: T = unsafe { load(source, 0) };
    // SAFETY: the last bytes of `count`.
    let last: T = unsafe { load(source, last_offset) };
    // SAFETY: the first bytes of `count`, which the caller guarantees can be written.
    unsafe { store(destination, 0, first) };
    // SAFETY: the last bytes of `count`.
    unsafe { store(destination, last_offset, last) };
}

/// Copies from the first byte to the last.
///
/// # Safety
/// As for [`memmove`]; `count` is at least 8, and `destination` isn't a byte of the source other than its
/// first.
#[inline(always)]
unsafe fn copy_forward(destination: *mut u8, source: *const u8, count: usize) {
    let last_offset = count.wrapping_sub(8);
    // SAFETY: the last 8 of the bytes that the caller guarantees can be read.
    let last: u64 = unsafe { load(source, last_offset) };
    // SAFETY: all but the last 0 to 7 bytes; none of the source is written before it is read, as the
    // destination begins before it. The flags that `rep movsq` reads are as the ABI has them.
    unsafe {
        asm!(
            "rep movsq",
            inout("rcx") count / 8 => _,
            inout("rsi") source => _,
            inout("rdi") destination => _,
            options(nostack, preserves_flags),
        );
    }
    // SAFETY: the last 8 of the bytes that the caller guarantees can be written.
    unsafe { store(destination, last_offset, last) };
}

/// Copies from the last byte to the first.
///
/// # Safety
/// As for [`memmove`]; `count` is at least 8, and `destination` is a byte of the source.
#[inline(always)]
unsafe fn copy_backward(destination: *mut u8, source: *const u8, count: usize) {
    let last_offset = count.wrapping_sub(8);
    // SAFETY: the first 8 of the bytes that the caller guarantees can be read.
    let first: u64 = unsafe { load(source, 0) };
    // SAFETY: all but the first 0 to 7 bytes; none of the source is written before it is read, as the
    // destination ends after it. The direction flag is clear again at the end.
    unsafe {
        asm!(
            "std",
            "rep movsq",
            "cld",
            inout("rcx") count / 8 => _,
            inout("rsi") source.wrapping_add(last_offset) => _,
            inout("rdi") destination.wrapping_add(last_offset) => _,
            options(nostack, preserves_flags),
        );
    }
    // SAFETY: the first 8 of the bytes that the caller guarantees can be written.
    unsafe { store(destination, 0, first) };
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 256 bytes that are all different.
    fn numbered() -> Vec<u8> {
        (0..=u8::MAX).collect()
    }

    #[test]
    fn memcpy_copies_these_bytes_and_no_others_for_all_small_sizes_and_alignments() {
        for count in 0..=80 {
            for (from, to) in (0..9).flat_map(|from| (0..9).map(move |to| (from, to))) {
                let source = numbered();
                let mut expected = vec![0xEE; 256];
                expected[to..to + count].copy_from_slice(&source[from..from + count]);
                let mut result = vec![0xEE; 256];
                let destination = result[to..].as_mut_ptr();
                // SAFETY: `count` bytes are in both vectors after these offsets.
                let returned = unsafe { memcpy(destination, source[from..].as_ptr(), count) };
                assert_eq!(returned, destination);
                assert_eq!(result, expected, "{count} bytes from {from} to {to}");
            }
        }
    }

    #[test]
    fn memmove_moves_any_overlap_in_both_directions() {
        for count in 0..=100 {
            for (from, to) in (0..120).step_by(7).flat_map(|from| (0..120).map(move |to| (from, to))) {
                let mut expected = numbered();
                expected.copy_within(from..from + count, to);
                let mut result = numbered();
                let base = result.as_mut_ptr();
                // SAFETY: `count` bytes after both offsets are in the vector.
                let returned = unsafe { memmove(base.wrapping_add(to), base.wrapping_add(from), count) };
                assert_eq!(returned, base.wrapping_add(to));
                assert_eq!(result, expected, "{count} bytes from {from} to {to}");
            }
        }
    }

    #[test]
    fn memmove_moves_large_blocks_by_all_distances_near_a_step() {
        let original: Vec<u8> =
            (0..50_000u32).map(|i| i.wrapping_mul(2_654_435_761).to_be_bytes()[0]).collect();
        for distance in (0..20).chain([4095, 4096, 4097, 20_000]) {
            for (from, to) in [(0, distance), (distance, 0)] {
                let count = 29_987;
                let mut expected = original.clone();
                expected.copy_within(from..from + count, to);
                let mut result = original.clone();
                let base = result.as_mut_ptr();
                // SAFETY: `count` bytes after both offsets are in the vector.
                unsafe { memmove(base.wrapping_add(to), base.wrapping_add(from), count) };
                assert!(result == expected, "{count} bytes from {from} to {to}");
            }
        }
    }
}
