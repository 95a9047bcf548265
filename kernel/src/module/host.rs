//! What the kernel does for modules: they call it through a table that their entry function gets.

use alloc::alloc::{alloc, dealloc};
use core::alloc::Layout;
use core::ptr;

use farjump_module::HostFunctions;

use crate::print;

pub(super) static HOST: HostFunctions =
    HostFunctions { size: size_of::<HostFunctions>(), print, allocate, free };

unsafe extern "C" fn print(text: *const u8, size: usize) {
    // SAFETY: the module vouches for its text.
    let bytes = unsafe { core::slice::from_raw_parts(text, size) };
    for chunk in bytes.utf8_chunks() {
        print!("{}", chunk.valid());
        if !chunk.invalid().is_empty() {
            print!("{}", char::REPLACEMENT_CHARACTER);
        }
    }
}

extern "C" fn allocate(size: usize, align: usize) -> *mut u8 {
    match Layout::from_size_align(size, align) {
        // SAFETY: at least one byte.
        Ok(layout) if size != 0 => unsafe { alloc(layout) },
        _ => ptr::null_mut(),
    }
}

unsafe extern "C" fn free(memory: *mut u8, size: usize, align: usize) {
    if let Ok(layout) = Layout::from_size_align(size, align) {
        // SAFETY: the module frees what `allocate` returned for this layout.
        unsafe { dealloc(memory, layout) };
    }
}
