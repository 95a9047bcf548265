//! `alloc` on the host's memory. Without a host there is none.

use core::alloc::{GlobalAlloc, Layout};
use core::ptr;

use super::host::host;

#[cfg_attr(farjump_boots, global_allocator)]
#[cfg_attr(not(farjump_boots), expect(dead_code, reason = "std's allocator is in its place"))]
static ALLOCATOR: HostAllocator = HostAllocator;

struct HostAllocator;

// SAFETY: the host returns memory of this size and alignment for this use alone, or null.
unsafe impl GlobalAlloc for HostAllocator {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        host().map_or(ptr::null_mut(), |host| (host.allocate)(layout.size(), layout.align()))
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        if let Some(host) = host() {
            // SAFETY: the caller guarantees that it is `alloc`'s, with this layout.
            unsafe { (host.free)(memory, layout.size(), layout.align()) };
        }
    }
}
