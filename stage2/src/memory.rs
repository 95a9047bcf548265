//! Physical memory, as the loader sees it: the first 4 GiB, one to one.

use farjump_loader::IDENTITY_MAP_END;

/// Types of which any bytes are a value.
///
/// # Safety
/// Implementors have no invalid bit patterns and no padding.
pub(crate) unsafe trait Plain: Copy {}

// SAFETY: integers and arrays of them have no invalid values and no padding.
unsafe impl Plain for u8 {}
// SAFETY: as above.
unsafe impl Plain for u16 {}
// SAFETY: as above.
unsafe impl Plain for u32 {}
// SAFETY: as above.
unsafe impl Plain for u64 {}
// SAFETY: as above.
unsafe impl<T: Plain, const N: usize> Plain for [T; N] {}

/// The value at a physical address, which the firmware or a BIOS call may have written.
pub(crate) fn read<T: Plain>(address: u64) -> T {
    assert!(is_mapped(address, size_of::<T>()));
    // SAFETY: the address is mapped, any bytes are a T, and a volatile read needs no other promise.
    unsafe { pointer::<Unaligned<T>>(address).read_volatile().0 }
}

/// A value that may stand at any address.
#[repr(C, packed)]
#[derive(Clone, Copy)]
struct Unaligned<T>(T);

/// `len` elements at a physical address, to be read only.
///
/// # Safety
/// Nobody writes this memory for as long as the slice lives, and the address is aligned for `T`.
pub(crate) unsafe fn slice<T: Plain>(address: u64, len: usize) -> &'static [T] {
    assert!(len.checked_mul(size_of::<T>()).is_some_and(|size| is_mapped(address, size)));
    // SAFETY: mapped, of a type without invalid values; the caller vouches for the rest.
    unsafe { core::slice::from_raw_parts(pointer(address), len) }
}

/// `len` elements at a physical address.
///
/// # Safety
/// Nothing else refers to this memory for as long as the slice lives, and the address is aligned for `T`.
pub(crate) unsafe fn slice_mut<T: Plain>(address: u64, len: usize) -> &'static mut [T] {
    assert!(len.checked_mul(size_of::<T>()).is_some_and(|size| is_mapped(address, size)));
    // SAFETY: mapped, of a type without invalid values; the caller vouches for the rest.
    unsafe { core::slice::from_raw_parts_mut(pointer(address), len) }
}

/// Whether `size` bytes from `address` on lie in the first 4 GiB.
fn is_mapped(address: u64, size: usize) -> bool {
    address.checked_add(size as u64).is_some_and(|end| end <= IDENTITY_MAP_END)
}

/// An address or a count of bytes, as the compiler wants it.
#[expect(clippy::cast_possible_truncation, reason = "usize has 64 bits")]
pub(crate) const fn to_usize(number: u64) -> usize {
    number as usize
}

fn pointer<T>(address: u64) -> *mut T {
    core::ptr::with_exposed_provenance_mut(to_usize(address))
}
