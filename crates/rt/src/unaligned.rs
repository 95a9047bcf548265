//! Loads and stores of any width at any address, each a single `mov`.
//!
//! Not `ptr::read_unaligned`: without optimisation that is a call of `memcpy`.

/// A value at an address of any alignment.
#[repr(C, packed)]
struct Unaligned<T>(T);

/// Returns the value `offset` bytes after `base`.
///
/// # Safety
/// The bytes of a `T` there can be read, and are a valid `T`.
#[inline(always)]
pub(crate) unsafe fn load<T: Copy>(base: *const u8, offset: usize) -> T {
    let place = base.wrapping_add(offset).cast::<Unaligned<T>>();
    // SAFETY: the caller vouches for the bytes; `Unaligned` needs no alignment.
    unsafe { (*place).0 }
}

/// Puts `value` at `offset` bytes after `base`.
///
/// # Safety
/// The bytes of a `T` there can be written.
#[inline(always)]
pub(crate) unsafe fn store<T: Copy>(base: *mut u8, offset: usize, value: T) {
    let place = base.wrapping_add(offset).cast::<Unaligned<T>>();
    // SAFETY: the caller vouches for the bytes; `Unaligned` needs no alignment.
    unsafe { (*place).0 = value };
}
