//! Parses the ACPI tables that a kernel needs: interrupt controllers, power off, reset.
//!
//! ```text
//! RSDP ──> RSDT or XSDT ──> FADT   ports for power and reset ──> DSDT   `_S5_`
//!                       ──> MADT   interrupt controllers and lines
//!                       ──> SSDT   `_S5_`, where the DSDT has none
//! ```
//!
//! | module | reads |
//! |---|---|
//! | [`root`] | RSDP, RSDT and XSDT: finds a table by its signature |
//! | [`table`] | what all tables share: signature, length, checksum |
//! | [`madt`] | the interrupt controllers, and which line an ISA interrupt is |
//! | [`fadt`] | power management's registers and the reset register |
//! | [`soft_off`] | `_S5_`: what to write to switch off |
//!
//! Assumes nothing: tables are a firmware's data, and firmware has bugs. A bad table is an [`Error`] that names
//! the table, its address and the reason; nothing here panics, loops for ever, or reads what [`PhysicalMemory`] rejects.
//!
//! AML, the byte code of DSDT and SSDT, isn't executed.
//!
//! Source: ACPI 6.5, "ACPI Software Programming Model".

#![cfg_attr(not(test), no_std)]
#![forbid(unsafe_code)]

mod error;
pub mod fadt;
pub mod madt;
pub mod root;
pub mod soft_off;
pub mod table;
#[cfg(test)]
mod tests;

pub use error::Error;
pub use root::Tables;
pub use table::{Signature, Table};

/// Physical memory, as far as tables may lie there.
pub trait PhysicalMemory {
    /// Returns the bytes from the physical `address` on; `None` if not all of them may be read.
    fn bytes(&self, address: u64, size: usize) -> Option<&[u8]>;
}

/// Returns the number at `offset` of `bytes`, little-endian as all numbers of ACPI; `None` past the end.
fn u8_at(bytes: &[u8], offset: usize) -> Option<u8> {
    bytes.get(offset).copied()
}

fn u16_at(bytes: &[u8], offset: usize) -> Option<u16> {
    Some(u16::from_le_bytes(*bytes.get(offset..)?.first_chunk()?))
}

fn u32_at(bytes: &[u8], offset: usize) -> Option<u32> {
    Some(u32::from_le_bytes(*bytes.get(offset..)?.first_chunk()?))
}

fn u64_at(bytes: &[u8], offset: usize) -> Option<u64> {
    Some(u64::from_le_bytes(*bytes.get(offset..)?.first_chunk()?))
}

/// The README's examples, as tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
