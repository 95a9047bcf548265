//! ACPI's tables, in the firmware's memory.
//!
//! A firmware may say of a table that it is anywhere: what is read is what `firmware` lets be read.

pub use farjump_acpi_tables::{Error, Signature, Tables, fadt, madt};

use farjump_acpi_tables::PhysicalMemory;

use crate::memory::firmware;

/// The machine's tables.
///
/// # Errors
/// [`Error`]: there are none, or they are damaged.
pub fn tables() -> Result<Tables<'static>, Error> {
    tables_from(crate::boot::info().map_or(0, |boot_info| boot_info.rsdp_address))
}

/// The tables that an RSDP at this physical address leads to; zero means that there is none.
///
/// # Errors
/// As for [`tables`].
pub fn tables_from(rsdp_address: u64) -> Result<Tables<'static>, Error> {
    Tables::open(&FirmwareMemory, rsdp_address)
}

/// The firmware's memory, as the tables' parser reads it.
struct FirmwareMemory;

impl PhysicalMemory for FirmwareMemory {
    fn bytes(&self, address: u64, size: usize) -> Option<&[u8]> {
        firmware::bytes(address, size)
    }
}
