//! The calculator's reports: functions for `call` in the kernel's monitor.

use core::ffi::c_char;
use core::sync::atomic::Ordering;

use crate::evaluate::evaluate;
use crate::{EVALUATIONS, lifetime, text};

/// What [`demo`] evaluates.
const DEMO: &str = "1 2 3 4 5 6 * + - * +";

/// An expression and its value.
#[unsafe(no_mangle)]
pub extern "C" fn demo() -> *const c_char {
    match evaluate(DEMO) {
        Ok(value) => text::keep(format_args!("{DEMO} = {value}")),
        Err(error) => text::keep(format_args!("{DEMO}: {error}")),
    }
}

/// What has been done since the module was loaded.
#[unsafe(no_mangle)]
pub extern "C" fn report() -> *const c_char {
    let evaluations = EVALUATIONS.load(Ordering::Relaxed);
    let initialised = lifetime::initialisers_run();
    text::keep(format_args!("evaluations: {evaluations}, initialisers run: {initialised}"))
}
