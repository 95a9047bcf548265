//! Seeded mutations of inputs, for tests of parsers of external data. It uses std, so it is for tests only.
//!
//! ```
//! let corpus = [b"kernel = /kernel.elf\n".to_vec()];
//! fuzz_mutator::Campaign::everyday("config").run(&corpus, |bytes| {
//!     // Must return, whatever the bytes are: a panic or an overflow ends the test.
//!     let _ = core::str::from_utf8(bytes);
//! });
//! ```
//!
//! The same seed makes the same inputs in every run, and each iteration is independent: a failure says its
//! seed and iteration, and `cargo xtask fuzz TARGET --seed S --first I --count 1` repeats just that one.
//!
//! Rejects an input that takes more than a minute, and, in a program that has [`CountingAllocator`], one
//! for which more than [`ALLOCATION_LIMIT`] bytes are allocated at a time.

mod allocator;
mod campaign;
mod current;
mod mutate;
mod random;
mod watchdog;

pub use allocator::{ALLOCATION_LIMIT, CountingAllocator, most_allocated};
pub use campaign::{Campaign, EVERYDAY, Report};
pub use mutate::mutate;
pub use random::Random;
