//! `memset`.

use core::arch::asm;

use crate::unaligned::store;

/// Sets `count` bytes at `destination` to the low byte of `value` and returns `destination`.
///
/// # Safety
/// The bytes can be written.
#[cfg_attr(not(test), unsafe(no_mangle))]
pub unsafe extern "C" fn memset(destination: *mut u8, value: i32, count: usize) -> *mut u8 {
    let [byte, ..] = value.to_le_bytes();
    let word = u64::from_le_bytes([byte; 8]);
    match count {
        0 => {}
        // SAFETY: guaranteed by the caller; here and below `count` is one to two times the type's size.
        1 => unsafe { store(destination, 0, byte) },
        // SAFETY: as above.
        2..4 => unsafe { fill_ends(destination, u16::from_le_bytes([byte; 2]), count) },
        // SAFETY: as above.
        4..8 => unsafe { fill_ends(destination, u32::from_le_bytes([byte; 4]), count) },
        // SAFETY: as above.
        8..16 => unsafe { fill_ends(destination, word, count) },
        // SAFETY: as above.
        16..=32 => unsafe { fill_ends(destination, u128::from_le_bytes([byte; 16]), count) },
        // SAFETY: guaranteed by the caller, and more than 32 bytes.
        _ => unsafe { fill_long(destination, word, count) },
    }
    destination
}

/// Sets the first `T` and the last, which together are all bytes.
///
/// # Safety
/// As for [`memset`]; `count` is one to two times the size of `T`.
#[inline(always)]
unsafe fn fill_ends<T: Copy>(destination: *mut u8, value: T, count: usize) {
    // SAFETY: the first bytes of `count`, which the caller guarantees can be written.
    unsafe { store(destination, 0, value) };
    // SAFETY: the last bytes of `count`.
    unsafe { store(destination, count.wrapping_sub(size_of::<T>()), value) };
}

/// Sets bytes from the first to the last, eight at a time.
///
/// # Safety
/// As for [`memset`]; `count` is at least 8.
#[inline(always)]
unsafe fn fill_long(destination: *mut u8, word: u64, count: usize) {
    // SAFETY: all but the last 0 to 7 of the bytes that the caller guarantees can be written. The flags that
    // `rep stosq` reads are as the ABI has them.
    unsafe {
        asm!(
            "rep stosq",
            inout("rcx") count / 8 => _,
            inout("rdi") destination => _,
            in("rax") word,
            options(nostack, preserves_flags),
        );
    }
    // SAFETY: the last 8 of the bytes that the caller guarantees can be written.
    unsafe { store(destination, count.wrapping_sub(8), word) };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memset_sets_these_bytes_and_no_others() {
        for count in (0..=100).chain([255, 256, 257, 4095, 4096, 4097, 30_001]) {
            for start in 0..9 {
                for value in [0i32, 0x5A, 0xFF, 0x1234_56A5, -1] {
                    let mut expected = vec![0xEE; count + 20];
                    expected[start..start + count].fill(value.to_le_bytes()[0]);
                    let mut result = vec![0xEE; count + 20];
                    let destination = result[start..].as_mut_ptr();
                    // SAFETY: `count` bytes after `start` are in the vector.
                    let returned = unsafe { memset(destination, value, count) };
                    assert_eq!(returned, destination);
                    assert!(result == expected, "{count} bytes of {value:#x} from {start}");
                }
            }
        }
    }
}
