//! A run of memory that is filled from its start: what the kernel is told lives in one.

use core::ptr;

use crate::{Slice, Str};

/// Every value's place begins at a multiple of this.
const ALIGNMENT: usize = 16;

/// Memory that is filled, and the address at which the kernel will see it.
///
/// What its methods return points into the kernel's address space: only the kernel may follow it.
pub(crate) struct Arena<'a> {
    bytes: &'a mut [u8],
    used: usize,
    /// The kernel's address of the first byte.
    address: u64,
}

impl<'a> Arena<'a> {
    /// An empty arena, whose bytes the kernel will see at `address`.
    pub(crate) fn new(bytes: &'a mut [u8], address: u64) -> Self {
        Self { bytes, used: 0, address }
    }

    /// Room for a value, or for `count` of them.
    pub(crate) const fn room_for<T>(count: usize) -> usize {
        (count * size_of::<T>()).next_multiple_of(ALIGNMENT)
    }

    /// The kernel's address of what is put in next.
    pub(crate) fn next_address(&self) -> u64 {
        self.address + self.used as u64
    }

    /// Puts a value in, and returns the kernel's address of it.
    pub(crate) fn put<T: Copy>(&mut self, value: T) -> u64 {
        self.put_all(1, core::iter::once(value))
    }

    /// Puts `count` values in, side by side.
    pub(crate) fn slice<T: Copy>(&mut self, count: usize, values: impl Iterator<Item = T>) -> Slice<T> {
        let address = self.put_all(count, values);
        // SAFETY: `count` values are there, and they are never written again.
        unsafe { Slice::new(address, count as u64) }
    }

    /// Puts text in.
    pub(crate) fn text(&mut self, text: &str) -> Str {
        let address = self.put_all(text.len(), text.bytes());
        // SAFETY: the text is there, and it is never written again.
        unsafe { Str::new(address, text.len() as u64) }
    }

    fn put_all<T: Copy>(&mut self, count: usize, values: impl Iterator<Item = T>) -> u64 {
        const { assert!(align_of::<T>() <= ALIGNMENT) };
        let address = self.next_address();
        let start = self.used;
        self.used += Self::room_for::<T>(count);
        let place = &mut self.bytes[start..self.used];
        for (value, place) in values.zip(place.chunks_exact_mut(size_of::<T>())).take(count) {
            // SAFETY: `place` has the size of a T.
            unsafe { ptr::write_unaligned(place.as_mut_ptr().cast(), value) };
        }
        address
    }
}
