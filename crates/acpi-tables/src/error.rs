//! What can be wrong with tables.

use core::fmt;

use crate::Signature;

/// Why something isn't known from the tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Error {
    /// The firmware has no ACPI: the loader found no RSDP.
    NoAcpi,
    /// Nothing may be read at this physical address.
    Unreadable(Signature, u64),
    /// Something else is at this address.
    NotThere(Signature, u64),
    /// A table is shorter than what all of its kind have, or longer than [`crate::table::MAX_SIZE`].
    Length(Signature, u32),
    /// The bytes of the table at this address don't add up to zero.
    Checksum(Signature, u64),
    /// No table has this signature.
    Missing(Signature),
    /// Neither DSDT nor SSDTs have a package `_S5_` of plain numbers up to 7.
    NoSoftOff,
    /// The FADT names no register for this.
    NoRegister(&'static str),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoAcpi => f.write_str("the firmware has no ACPI tables"),
            Self::Unreadable(table, address) => {
                write!(f, "ACPI's {table} is said to be at {address:#x}, which isn't the firmware's memory")
            }
            Self::NotThere(table, address) => write!(f, "there is no {table} of ACPI at {address:#x}"),
            Self::Length(table, length) => write!(f, "ACPI's {table} can't be {length} bytes long"),
            Self::Checksum(table, address) => {
                write!(f, "ACPI's {table} at {address:#x} has a wrong checksum")
            }
            Self::Missing(table) => write!(f, "ACPI has no table {table}"),
            Self::NoSoftOff => f.write_str("ACPI doesn't say how to switch off: there is no _S5_"),
            Self::NoRegister(what) => write!(f, "ACPI's FACP names no {what}"),
        }
    }
}

impl core::error::Error for Error {}
