//! Slices and strings whose layout is the same in every language: an address and a length.

use core::fmt;
use core::marker::PhantomData;
use core::ops::Range;

/// Elements of type `T` in the kernel's virtual memory: an address and a count, 8 bytes each.
#[repr(C)]
pub struct Slice<T: 'static> {
    /// Virtual address of the first element. Any value where the count is zero.
    address: u64,
    /// Elements, not bytes.
    count: u64,
    elements: PhantomData<&'static [T]>,
}

impl<T> Slice<T> {
    /// No elements.
    pub const EMPTY: Self = Self { address: 0, count: 0, elements: PhantomData };

    /// The `count` elements at `address`.
    ///
    /// # Safety
    /// Whenever [`get`](Self::get) is called, the elements are there: mapped, initialised, aligned, and
    /// never written again.
    #[must_use]
    pub const unsafe fn new(address: u64, count: u64) -> Self {
        Self { address, count, elements: PhantomData }
    }

    /// Whether all elements are aligned and in `range`, a range of virtual addresses.
    pub(crate) fn lies_in(&self, range: &Range<u64>) -> bool {
        let size = self.count.checked_mul(size_of::<T>() as u64);
        let end = size.and_then(|size| self.address.checked_add(size));
        let is_aligned = self.address.is_multiple_of(align_of::<T>() as u64);
        self.count == 0
            || is_aligned && range.start <= self.address && end.is_some_and(|end| end <= range.end)
    }

    /// The elements.
    #[must_use]
    pub fn get(&self) -> &'static [T] {
        if self.count == 0 {
            return &[];
        }
        let first = core::ptr::with_exposed_provenance(self.address as usize);
        // SAFETY: the caller of `new` has vouched for these elements.
        unsafe { core::slice::from_raw_parts(first, self.count as usize) }
    }
}

impl<T> Clone for Slice<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Slice<T> {}

impl<T: fmt::Debug> fmt::Debug for Slice<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.get().fmt(f)
    }
}

/// Text in the kernel's virtual memory: an address and a length in bytes, UTF-8, no final NUL.
#[repr(transparent)]
#[derive(Clone, Copy)]
pub struct Str(Slice<u8>);

impl Str {
    /// No text.
    pub const EMPTY: Self = Self(Slice::EMPTY);

    /// The text in the `len_bytes` bytes at `address`.
    ///
    /// # Safety
    /// As for [`Slice::new`].
    #[must_use]
    pub const unsafe fn new(address: u64, len_bytes: u64) -> Self {
        // SAFETY: the caller vouches for the bytes.
        Self(unsafe { Slice::new(address, len_bytes) })
    }

    /// The bytes that the text is in.
    pub(crate) const fn bytes(&self) -> &Slice<u8> {
        &self.0
    }

    /// The text; up to the first byte that isn't UTF-8, where there is one.
    #[must_use]
    pub fn get(&self) -> &'static str {
        let bytes = self.0.get();
        match core::str::from_utf8(bytes) {
            Ok(text) => text,
            Err(error) => core::str::from_utf8(&bytes[..error.valid_up_to()]).unwrap_or_default(),
        }
    }
}

impl fmt::Debug for Str {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.get().fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    static NUMBERS: [u32; 3] = [1, 2, 3];

    #[test]
    fn a_slice_returns_what_it_points_to() {
        // SAFETY: NUMBERS is a static that is never written.
        let slice: Slice<u32> = unsafe { Slice::new(NUMBERS.as_ptr().expose_provenance() as u64, 3) };
        assert_eq!(slice.get(), [1, 2, 3]);
        assert_eq!(Slice::<u32>::EMPTY.get(), []);
    }

    #[test]
    fn a_slice_lies_in_a_range_to_the_byte() {
        // SAFETY: only the numbers are looked at.
        let slice = |address, count| unsafe { Slice::<u32>::new(address, count) };
        let range = 0x1000..0x1010;
        for (address, count) in [(0x1000, 4), (0x1000, 1), (0x100C, 1), (0x1004, 3)] {
            assert!(slice(address, count).lies_in(&range), "{count} at {address:#x}");
        }
        for (address, count) in [
            (0xFFC, 1),
            (0xFFC, 5),
            (0x1000, 5),
            (0x1004, 4),
            (0x1010, 1),
            (0x1002, 1),
            (0x1000, u64::MAX / 4 + 2),
            (0x1000, u64::MAX),
            (u64::MAX - 3, 1),
        ] {
            assert!(!slice(address, count).lies_in(&range), "{count} at {address:#x}");
        }
        assert!(slice(0x1003, 0).lies_in(&range), "no elements are anywhere");
    }

    #[test]
    fn what_a_slice_points_to_is_shown() {
        // SAFETY: NUMBERS is a static that is never written.
        let slice: Slice<u32> = unsafe { Slice::new(NUMBERS.as_ptr().expose_provenance() as u64, 3) };
        assert_eq!(format!("{slice:?}"), "[1, 2, 3]");
        #[expect(clippy::clone_on_copy, reason = "the clone is what is tested")]
        let clone = slice.clone();
        assert_eq!(clone.get(), [1, 2, 3]);
        static TEXT: &str = "log=info";
        // SAFETY: TEXT is a static that is never written.
        let text = unsafe { Str::new(TEXT.as_ptr().expose_provenance() as u64, TEXT.len() as u64) };
        assert_eq!((format!("{text:?}"), text.bytes().get()), ("\"log=info\"".into(), TEXT.as_bytes()));
        assert_eq!(Str::EMPTY.get(), "");
    }

    #[test]
    fn text_ends_before_the_first_byte_that_is_not_utf8() {
        static BYTES: &[u8] = b"log=\xFFinfo";
        // SAFETY: BYTES is a static that is never written.
        let text = unsafe { Str::new(BYTES.as_ptr().expose_provenance() as u64, BYTES.len() as u64) };
        assert_eq!(text.get(), "log=");
    }
}
