//! The initialiser, which runs before the entry function, and the finaliser, which runs at unload.

use core::sync::atomic::{AtomicU32, Ordering};

use crate::EVALUATIONS;

static INITIALISERS_RUN: AtomicU32 = AtomicU32::new(0);

#[used]
#[unsafe(link_section = ".init_array")]
static INITIALISER: extern "C" fn() = initialise;

#[used]
#[unsafe(link_section = ".fini_array")]
static FINALISER: extern "C" fn() = finish;

pub(crate) fn initialisers_run() -> u32 {
    INITIALISERS_RUN.load(Ordering::Relaxed)
}

extern "C" fn initialise() {
    INITIALISERS_RUN.fetch_add(1, Ordering::Relaxed);
}

extern "C" fn finish() {
    farjump_module::println!("calculator: goodbye; evaluations: {}", EVALUATIONS.load(Ordering::Relaxed));
}
