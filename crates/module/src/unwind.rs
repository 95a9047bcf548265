//! Two symbols that precompiled `core` and `alloc` name, and that nothing ever calls: modules don't unwind.

#[unsafe(no_mangle)]
extern "C" fn rust_eh_personality() -> ! {
    panic!("there is nothing here that unwinds")
}

#[unsafe(no_mangle)]
extern "C" fn _Unwind_Resume() -> ! {
    panic!("there is nothing here that unwinds")
}
