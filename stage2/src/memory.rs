//! Access to physical memory: the first 4 GiB, which are identity-mapped.

use farjump_loader::IDENTITY_MAP_END;

/// Types for which any bytes are a valid value.
///
/// # Safety
/// Implementors must have no invalid bit patterns and no padding.
pub(crate) unsafe trait Plain: Copy + 'static {}

// SAFETY: an integer has no invalid bit patterns and no padding.
unsafe impl Plain for u8 {}
// SAFETY: an integer has no invalid bit patterns and no padding.
unsafe impl Plain for u16 {}
// SAFETY: an integer has no invalid bit patterns and no padding.
unsafe impl Plain for u32 {}
// SAFETY: an integer has no invalid bit patterns and no padding.
unsafe impl Plain for u64 {}
// SAFETY: an array has no padding between its elements, and each of these may have any bits.
unsafe impl<T: Plain, const N: usize> Plain for [T; N] {}

/// Reads the value at a physical address, which the firmware or a BIOS call may have written.
pub(crate) fn read<T: Plain>(address: u64) -> T {
    assert!(is_mapped(address, size_of::<T>()));
    // SAFETY: the address is mapped, any bytes are a valid T, and a volatile read has no other requirements.
    unsafe { pointer::<Unaligned<T>>(address).read_volatile().0 }
}

/// A value without alignment.
#[repr(C, packed)]
#[derive(Clone, Copy)]
struct Unaligned<T>(T);

/// Returns the `len` elements at a physical address, for reading.
///
/// # Safety
/// This memory must not be written as long as the slice lives, and the address must be aligned for `T`.
pub(crate) unsafe fn slice<T: Plain>(address: u64, len: usize) -> &'static [T] {
    assert!(len.checked_mul(size_of::<T>()).is_some_and(|size| is_mapped(address, size)));
    // SAFETY: the memory is mapped and any bytes are valid elements; the caller guarantees alignment and exclusion.
    unsafe { core::slice::from_raw_parts(pointer(address), len) }
}

/// Returns the `len` elements at a physical address.
///
/// # Safety
/// There must be no other reference to this memory as long as the slice lives, and the address must be aligned for `T`.
pub(crate) unsafe fn slice_mut<T: Plain>(address: u64, len: usize) -> &'static mut [T] {
    assert!(len.checked_mul(size_of::<T>()).is_some_and(|size| is_mapped(address, size)));
    // SAFETY: the memory is mapped and any bytes are valid elements; the caller guarantees alignment and exclusion.
    unsafe { core::slice::from_raw_parts_mut(pointer(address), len) }
}

/// Returns whether the `size` bytes from `address` are in the first 4 GiB.
fn is_mapped(address: u64, size: usize) -> bool {
    address.checked_add(size as u64).is_some_and(|end| end <= IDENTITY_MAP_END)
}

/// Converts an address or a number of bytes.
#[expect(clippy::cast_possible_truncation, reason = "usize has 64 bits")]
pub(crate) const fn to_usize(number: u64) -> usize {
    number as usize
}

fn pointer<T>(address: u64) -> *mut T {
    core::ptr::with_exposed_provenance_mut(to_usize(address))
}
