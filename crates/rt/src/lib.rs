//! What precompiled `core` and `alloc` need of a C library and of std: `memcpy`, `memmove`, `memset`, `memcmp` and `bcmp`,
//! and the two symbols of unwinding, which are never called.
//!
//! Precompiled `core` and the compiler call these by name. A program gets them by a dependency on this crate and
//! `use farjump_rt as _;`. In this crate's own tests they have mangled names, so that the host's stay in place.
//!
//! | bytes | how |
//! |---|---|
//! | to 32 | the first and the last half, overlapping: all loads before all stores, no loop |
//! | more | one `rep` instruction over 8 bytes a step; the rest overlaps it |
//!
//! Under emulation each step of a `rep` counts as an instruction, and so does each of a loop's: the steps
//! are as wide as they can be. There is no loop over stores, which a compiler could turn into a call of
//! the very function it is in.
//!
//! Assumes that the direction flag is clear, as the ABI guarantees, and leaves it so. While `memmove` copies
//! backwards it is set: an interrupt handler has to clear it (`cld`) before it runs compiled code.
//!
//! Source: ISO C, "String handling"; Intel SDM vol. 2, "REP", "MOVS", "STOS".

#![cfg_attr(not(test), no_std)]

mod compare;
mod copy;
mod fill;
mod unaligned;
#[cfg(farjump_boots)]
mod unwind;

pub use compare::{bcmp, memcmp};
pub use copy::{memcpy, memmove};
pub use fill::memset;
