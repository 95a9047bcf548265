//! An allocator that counts the bytes of each thread, and ends the program if an input needs too many.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use crate::current::Current;

/// The maximum number of bytes that a thread may allocate for one input.
pub const ALLOCATION_LIMIT: usize = 256 << 20;

thread_local! {
    static HELD: Cell<usize> = const { Cell::new(0) };
    static PEAK: Cell<usize> = const { Cell::new(0) };
}

/// The system's allocator, with a count. A test program uses it as follows:
///
/// ```
/// #[global_allocator]
/// static ALLOCATOR: fuzz_mutator::CountingAllocator = fuzz_mutator::CountingAllocator;
/// # fn main() {}
/// ```
#[derive(Debug)]
pub struct CountingAllocator;

// SAFETY: every call goes to the system's allocator as it is, or fails with a null pointer, as it may.
unsafe impl GlobalAlloc for CountingAllocator {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if !may_take(layout.size()) {
            return std::ptr::null_mut();
        }
        // SAFETY: the caller vouches for the layout.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // What another thread has allocated is not subtracted here.
        HELD.set(HELD.get().saturating_sub(layout.size()));
        // SAFETY: the caller vouches for the pointer, which came from the system's allocator.
        unsafe { System.dealloc(pointer, layout) }
    }
}

/// Counts `size` bytes more. Over the limit, prints the input, once: the program ends then.
fn may_take(size: usize) -> bool {
    let held = HELD.get().saturating_add(size);
    if held > ALLOCATION_LIMIT
        && let Some(current) = Current::get()
    {
        Current::leave();
        eprintln!("mutation: more than {ALLOCATION_LIMIT} bytes are allocated: {current}");
        return false;
    }
    HELD.set(held);
    PEAK.set(PEAK.get().max(held));
    true
}

/// Returns the most bytes that `body` allocates at a time; zero in a program without [`CountingAllocator`].
pub fn most_allocated(body: impl FnOnce()) -> usize {
    let before = reset_peak();
    body();
    peak() - before
}

/// Resets the peak, and returns how many bytes the thread holds now.
pub(crate) fn reset_peak() -> usize {
    PEAK.set(HELD.get());
    HELD.get()
}

/// Returns the most that the thread has held since [`reset_peak`].
pub(crate) fn peak() -> usize {
    PEAK.get()
}
