//! The smallest module: one function. The kernel and Linux load the same file.

#![no_std]

use core::ffi::c_char;

use farjump_module as _; // panic handler and memory functions, by symbol

/// A greeting, up to its NUL.
#[unsafe(no_mangle)]
pub extern "C" fn greet() -> *const c_char {
    c"Hello from Rust!".as_ptr()
}
