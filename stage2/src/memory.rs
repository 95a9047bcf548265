//! Physical memory, as the loader sees it: the first 4 GiB, one to one.

use core::ops::Range;

use boot_layout::IDENTITY_MAP_END;
use farjump_api::KernelSegment;

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
// SAFETY: integers and flags whose unknown bits are kept, without padding.
unsafe impl Plain for KernelSegment {}
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

/// The value at a physical address.
///
/// # Safety
/// As for [`slice_mut`].
pub(crate) unsafe fn value_mut<T: Plain>(address: u64) -> &'static mut T {
    assert!(is_mapped(address, size_of::<T>()));
    // SAFETY: mapped, of a type without invalid values; the caller vouches for the rest.
    unsafe { &mut *pointer(address) }
}

/// A range of physical memory that the memory map has handed out: written, then read, by its owner alone.
#[derive(Debug)]
pub(crate) struct Frames {
    range: Range<u64>,
}

impl Frames {
    /// # Safety
    /// The range has just been allocated from the memory map, and isn't wrapped twice.
    pub(crate) unsafe fn new(range: Range<u64>) -> Self {
        Self { range }
    }

    /// Physical address of the first byte.
    pub(crate) fn start(&self) -> u64 {
        self.range.start
    }

    /// Bytes.
    pub(crate) fn len_bytes(&self) -> u64 {
        self.range.end - self.range.start
    }

    /// The contents, for good.
    pub(crate) fn leak(self) -> &'static [u8] {
        // SAFETY: allocated memory below 4 GiB, and its one owner is gone.
        unsafe { slice(self.range.start, self.len()) }
    }

    /// The contents.
    pub(crate) fn bytes_mut(&mut self) -> &mut [u8] {
        // SAFETY: allocated memory below 4 GiB, borrowed through its one owner.
        unsafe { slice_mut(self.range.start, self.len()) }
    }

    fn len(&self) -> usize {
        to_usize(self.len_bytes())
    }
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
