//! farjump's own protocol: an ELF file in the higher half, page tables, a stack, and a BootInfo.
//!
//! | question | answer |
//! |---|---|
//! | is this file yours? | an ELF64 file for x86-64 ([`crate::elf_plan`]) |
//! | what is to be loaded where? | each PT_LOAD segment, on frames of its own ([`kernel`]) |
//! | what does the machine look like? | [`handover`], [`page_tables`]; docs/boot-protocol.md |

mod handover;
mod kernel;
mod page_tables;
mod segments;

pub(super) use handover::prepare;
pub(super) use kernel::{Kernel, load};
