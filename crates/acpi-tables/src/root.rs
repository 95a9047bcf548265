//! From the RSDP to any table.
//!
//! The RSDP names the RSDT, and from ACPI 2.0 on the XSDT too, which is taken where it is whole. Both are lists of
//! addresses.
//!
//! Source: ACPI 6.5, "Root System Description Pointer (RSDP)".

use crate::table::{HEADER_SIZE, sum};
use crate::{Error, PhysicalMemory, Signature, Table, u8_at, u32_at, u64_at};

/// What an RSDP begins with.
const RSDP_SIGNATURE: &[u8; 8] = b"RSD PTR ";

/// Bytes that ACPI 1.0's RSDP has, which a checksum of their own covers.
const RSDP_SIZE: usize = 20;

/// Bytes that ACPI 2.0's has, at least.
const EXTENDED_RSDP_SIZE: usize = 36;

/// Offsets in the RSDP.
const REVISION: usize = 15;
const RSDT_ADDRESS: usize = 16;
const XSDT_ADDRESS: usize = 24;

/// The tables of a machine.
#[derive(Clone, Copy)]
pub struct Tables<'m> {
    memory: &'m dyn PhysicalMemory,
    list: &'m [u8],
    /// Bytes of an address in the list: 4 or 8.
    entry_size: usize,
}

impl core::fmt::Debug for Tables<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_list().entries(self.addresses()).finish()
    }
}

impl<'m> Tables<'m> {
    /// Returns the tables that the RSDP at this physical address leads to; zero means that there is none.
    ///
    /// # Errors
    /// [`Error`]: neither RSDT nor XSDT can be had.
    pub fn open(memory: &'m dyn PhysicalMemory, rsdp_address: u64) -> Result<Self, Error> {
        if rsdp_address == 0 {
            return Err(Error::NoAcpi);
        }
        let unreadable = Error::Unreadable(Signature::RSDP, rsdp_address);
        let rsdp = memory.bytes(rsdp_address, RSDP_SIZE).ok_or(unreadable)?;
        if !rsdp.starts_with(RSDP_SIGNATURE) {
            return Err(Error::NotThere(Signature::RSDP, rsdp_address));
        }
        if sum(rsdp) != 0 {
            return Err(Error::Checksum(Signature::RSDP, rsdp_address));
        }
        if let Some(address) = xsdt_address(memory, rsdp_address, rsdp)
            && let Ok(xsdt) = Table::read(memory, address, Signature::XSDT)
        {
            return Ok(Self { memory, list: xsdt.body(), entry_size: size_of::<u64>() });
        }
        let address = u32_at(rsdp, RSDT_ADDRESS).ok_or(unreadable)?;
        let rsdt = Table::read(memory, address.into(), Signature::RSDT)?;
        Ok(Self { memory, list: rsdt.body(), entry_size: size_of::<u32>() })
    }

    /// Returns the first whole table with this signature.
    ///
    /// # Errors
    /// [`Error::Missing`], or what is wrong with the one that is there.
    pub fn find(&self, signature: Signature) -> Result<Table<'m>, Error> {
        let mut error = Error::Missing(signature);
        for table in self.all(signature) {
            match table {
                Ok(table) => return Ok(table),
                Err(wrong) => error = wrong,
            }
        }
        Err(error)
    }

    /// Returns all tables with this signature, or what is wrong with them.
    pub fn all(&self, signature: Signature) -> impl Iterator<Item = Result<Table<'m>, Error>> {
        let memory = self.memory;
        let has_signature = move |address: &u64| {
            memory.bytes(*address, HEADER_SIZE).is_some_and(|header| header.starts_with(&signature.0))
        };
        self.addresses().filter(has_signature).map(move |address| Table::read(memory, address, signature))
    }

    /// Returns the table at an address that another table names.
    ///
    /// # Errors
    /// As for [`Table::read`].
    pub fn at(&self, address: u64, signature: Signature) -> Result<Table<'m>, Error> {
        Table::read(self.memory, address, signature)
    }

    fn addresses(&self) -> impl Iterator<Item = u64> + use<'m> {
        let address = |entry: &[u8]| u64_at(entry, 0).or_else(|| u32_at(entry, 0).map(u64::from));
        self.list.chunks_exact(self.entry_size).filter_map(address).filter(|address| *address != 0)
    }
}

/// Returns the XSDT's address, if the RSDP is of ACPI 2.0 and whole.
fn xsdt_address(memory: &dyn PhysicalMemory, rsdp_address: u64, rsdp: &[u8]) -> Option<u64> {
    if u8_at(rsdp, REVISION)? < 2 {
        return None;
    }
    let rsdp = memory.bytes(rsdp_address, EXTENDED_RSDP_SIZE)?;
    if sum(rsdp) != 0 {
        return None;
    }
    u64_at(rsdp, XSDT_ADDRESS).filter(|address| *address != 0)
}
