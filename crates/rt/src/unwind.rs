//! Two symbols that precompiled `alloc` names, and that nothing ever calls.
//!
//! `alloc` comes with the toolchain, compiled for programs that unwind when they panic: its functions have landing
//! pads, which end in a call of `_Unwind_Resume`, and its unwind tables name `rust_eh_personality`. Both are std's.
//! What boots is compiled with `panic = "abort"`: nothing unwinds, and so no landing pad is ever reached.

#[unsafe(no_mangle)]
extern "C" fn rust_eh_personality() -> ! {
    panic!("there is nothing here that unwinds")
}

#[unsafe(no_mangle)]
extern "C" fn _Unwind_Resume() -> ! {
    panic!("there is nothing here that unwinds")
}
