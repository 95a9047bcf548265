//! The plan for a kernel: where its segments go, and whether it may be loaded at all.
//!
//! ```text
//! first 64 bytes      KernelHeader::parse   -> where the program headers are
//! program headers     KernelPlan::new       -> segments, notes, entry, load bias; nothing is stored twice
//! notes               find_requests         -> stack size, place of the physical mapping
//! (the loader loads the segments)
//! loaded memory       relocate              -> a position-independent kernel's own addresses
//! ```
//!
//! Assumes nothing of the file. Refuses what wouldn't run, or would run otherwise than its linker meant:
//! other machines, segments that share a page or can be both written and executed, interpreters, thread
//! local storage, relocations against symbols.
//!
//! Source: System V ABI, chapters 4 and 5; its AMD64 supplement.

mod error;
mod header;
mod plan;
mod relocation;
mod requests;
mod segment;

pub use error::{ElfError, HeaderError, RelocationError, RequestError, SegmentError};
pub use header::KernelHeader;
pub use plan::{KernelPlan, ReservedRange};
pub use relocation::{KernelMemory, relocate};
pub use requests::find_requests;
pub use segment::Segment;

#[cfg(test)]
mod tests;
