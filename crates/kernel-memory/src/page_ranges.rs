//! Ranges of pages in an area of virtual memory, each with a guard page on either side.
//!
//! ```text
//! area  |guard| heap ...          |guard|   free   |guard| stack |guard|   free
//! ```
//!
//! Who reserves a range maps its pages; a guard page is never mapped. Address space is plenty, so that
//! neighbours don't share a guard: an address in one always has a single owner.

use core::fmt;
use core::ops::Range;

use crate::PAGE_SIZE;

/// Up to `N` reserved ranges of an area, ascending.
#[derive(Debug)]
pub struct PageRanges<const N: usize> {
    area: Range<u64>,
    reserved: [Reserved; N],
    count: usize,
}

#[derive(Debug, Clone)]
struct Reserved {
    /// `None`: nothing is reserved.
    name: Option<&'static str>,
    /// Without the guard pages.
    pages: Range<u64>,
}

/// What of a range an address is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The page below it, where an overflowing stack ends.
    GuardBelow,
    /// One of its own pages.
    Pages,
    /// The page above it.
    GuardAbove,
}

impl<const N: usize> PageRanges<N> {
    /// No area, in which nothing can be reserved. All bytes are zero: a `static` of it takes no room in a file.
    #[must_use]
    pub const fn new() -> Self {
        Self { area: 0..0, reserved: [const { Reserved { name: None, pages: 0..0 } }; N], count: 0 }
    }

    /// Sets the area, in whole pages. Call it once, before anything is reserved.
    pub fn set_area(&mut self, area: Range<u64>) {
        self.area = area;
    }

    /// Reserves `size_bytes`, rounded up to pages and to one page at least, at the lowest place that fits.
    /// `align` is a power of two; less than a page counts as a page.
    ///
    /// # Errors
    /// [`ReserveError`].
    pub fn reserve(
        &mut self,
        name: &'static str,
        size_bytes: u64,
        align: u64,
    ) -> Result<Range<u64>, ReserveError> {
        if self.count == N {
            return Err(ReserveError::TooManyRanges(N));
        }
        let no_space = ReserveError::NoSpace { size_bytes, align };
        let (index, pages) = self.lowest_fit(size_bytes.max(1), align.max(PAGE_SIZE)).ok_or(no_space)?;
        self.reserved[index..=self.count].rotate_right(1);
        self.reserved[index] = Reserved { name: Some(name), pages: pages.clone() };
        self.count += 1;
        Ok(pages)
    }

    /// Frees the range that begins at `start`.
    ///
    /// # Errors
    /// [`NotReserved`]: no range begins there.
    pub fn release(&mut self, start: u64) -> Result<(), NotReserved> {
        let index = self.reserved().iter().position(|reserved| reserved.pages.start == start);
        let index = index.ok_or(NotReserved(start))?;
        self.reserved[index..self.count].rotate_left(1);
        self.count -= 1;
        Ok(())
    }

    /// Whose pages or guard pages `address` is in.
    #[must_use]
    pub fn find(&self, address: u64) -> Option<(&'static str, Part)> {
        let index = self.reserved().partition_point(|reserved| reserved.pages.end + PAGE_SIZE <= address);
        let Reserved { name, pages } = self.reserved().get(index)?;
        let part = if pages.contains(&address) {
            Part::Pages
        } else if address >= pages.end {
            Part::GuardAbove
        } else if address >= pages.start - PAGE_SIZE {
            Part::GuardBelow
        } else {
            return None;
        };
        Some(((*name)?, part))
    }

    fn reserved(&self) -> &[Reserved] {
        &self.reserved[..self.count]
    }

    /// Returns the place, and its index among the reserved ranges.
    fn lowest_fit(&self, size_bytes: u64, align: u64) -> Option<(usize, Range<u64>)> {
        if !align.is_power_of_two() {
            return None;
        }
        let size = size_bytes.checked_next_multiple_of(PAGE_SIZE)?;
        let mut gap_start = self.area.start;
        for index in 0..=self.count {
            let next = self.reserved().get(index);
            let gap_end = next.map_or(self.area.end, |next| next.pages.start - PAGE_SIZE);
            let start = (gap_start + PAGE_SIZE).checked_next_multiple_of(align)?;
            let end = start.checked_add(size)?;
            if end.checked_add(PAGE_SIZE)? <= gap_end {
                return Some((index, start..end));
            }
            gap_start = next?.pages.end + PAGE_SIZE;
        }
        None
    }
}

impl<const N: usize> Default for PageRanges<N> {
    fn default() -> Self {
        Self::new()
    }
}

/// Why nothing was reserved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReserveError {
    /// The table of ranges, which has this many entries, is full.
    TooManyRanges(usize),
    /// No gap is large enough.
    NoSpace {
        /// Bytes that were asked for.
        size_bytes: u64,
        /// The alignment that was asked for.
        align: u64,
    },
}

/// No reserved range begins at this address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotReserved(pub u64);

impl fmt::Display for ReserveError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooManyRanges(limit) => write!(f, "all {limit} ranges of pages are reserved"),
            Self::NoSpace { size_bytes, align } => {
                write!(f, "no {size_bytes:#x} bytes of virtual memory (aligned to {align:#x}) are free")
            }
        }
    }
}

impl fmt::Display for NotReserved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no reserved range of pages begins at {:#x}", self.0)
    }
}

impl core::error::Error for ReserveError {}
impl core::error::Error for NotReserved {}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const AREA: Range<u64> = 0xFFFF_FE00_0000_0000..0xFFFF_FE00_0010_0000;

    fn ranges<const N: usize>() -> PageRanges<N> {
        let mut ranges = PageRanges::new();
        assert!(ranges.reserve("too early", 1, 1).is_err());
        ranges.set_area(AREA);
        ranges
    }

    #[test]
    fn each_range_has_guards_of_its_own_and_an_address_tells_whose_they_are() {
        let mut ranges = ranges::<4>();
        let heap = ranges.reserve("heap", 2 * PAGE_SIZE, 1).unwrap();
        let stack = ranges.reserve("stack", 1, 0).unwrap();
        assert_eq!(heap, AREA.start + 0x1000..AREA.start + 0x3000);
        assert_eq!(stack, AREA.start + 0x5000..AREA.start + 0x6000);
        assert_eq!(ranges.find(heap.start), Some(("heap", Part::Pages)));
        assert_eq!(ranges.find(heap.start - 1), Some(("heap", Part::GuardBelow)));
        assert_eq!(ranges.find(heap.end), Some(("heap", Part::GuardAbove)));
        assert_eq!(ranges.find(stack.start - 1), Some(("stack", Part::GuardBelow)));
        assert_eq!(ranges.find(AREA.start - 1), None);
        assert_eq!(ranges.find(stack.end + PAGE_SIZE), None);
    }

    #[test]
    fn what_was_released_is_reserved_again_and_only_once_released() {
        let mut ranges = ranges::<4>();
        let first = ranges.reserve("first", PAGE_SIZE, 1).unwrap();
        ranges.reserve("second", PAGE_SIZE, 1).unwrap();
        assert_eq!(ranges.release(first.start), Ok(()));
        assert_eq!(ranges.release(first.start), Err(NotReserved(first.start)));
        assert_eq!(ranges.find(first.start), None);
        assert_eq!(ranges.reserve("third", PAGE_SIZE, 1), Ok(first));
    }

    #[test]
    fn each_error_says_what_was_asked_for() {
        let errors =
            [ReserveError::TooManyRanges(64), ReserveError::NoSpace { size_bytes: 0x3000, align: 0x1000 }];
        assert_eq!(
            errors.map(|error| error.to_string()),
            [
                "all 64 ranges of pages are reserved",
                "no 0x3000 bytes of virtual memory (aligned to 0x1000) are free",
            ]
        );
        assert_eq!(NotReserved(0x5000).to_string(), "no reserved range of pages begins at 0x5000");
    }

    #[test]
    fn too_much_is_refused() {
        let mut ranges = ranges::<1>();
        for (size_bytes, align) in [(0xF_F000, 1), (u64::MAX, 1), (1, 1 << 63), (1, 0x3000)] {
            let verdict = ranges.reserve("large", size_bytes, align);
            assert_eq!(verdict, Err(ReserveError::NoSpace { size_bytes, align }));
        }
        assert!(ranges.reserve("all", 0xF_E000, 1).is_ok());
        assert_eq!(ranges.reserve("more", 1, 1), Err(ReserveError::TooManyRanges(1)));
    }

    proptest! {
        #[test]
        fn ranges_and_their_guards_never_overlap(
            calls in prop::collection::vec((any::<bool>(), 0u64..0x9000, 0u32..16), 1..60),
        ) {
            let mut ranges = ranges::<16>();
            let mut held: Vec<Range<u64>> = Vec::new();
            for (release, number, align) in calls {
                if release && !held.is_empty() {
                    let range = held.swap_remove(number as usize % held.len());
                    prop_assert_eq!(ranges.release(range.start), Ok(()));
                } else if let Ok(range) = ranges.reserve("any", number, 1 << align) {
                    prop_assert_eq!(range.start % (1 << align).max(PAGE_SIZE), 0);
                    prop_assert!(range.end - range.start >= number.max(1));
                    prop_assert!(AREA.start < range.start && range.end < AREA.end);
                    let apart = |other: &Range<u64>| {
                        other.end + 2 * PAGE_SIZE <= range.start || range.end + 2 * PAGE_SIZE <= other.start
                    };
                    prop_assert!(held.iter().all(apart));
                    held.push(range);
                }
                for range in &held {
                    prop_assert_eq!(ranges.find(range.start), Some(("any", Part::Pages)));
                }
            }
        }
    }
}
