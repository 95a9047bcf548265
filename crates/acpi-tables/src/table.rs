//! What all tables share: a header with signature, length and checksum.

use core::fmt;

use crate::{Error, PhysicalMemory, u32_at};

/// Bytes of the header.
pub const HEADER_SIZE: usize = 36;

/// No table is longer: a length that lies doesn't have the kernel add up all memory.
pub const MAX_SIZE: usize = 1 << 20;

/// Four letters.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Signature(pub [u8; 4]);

impl Signature {
    /// Fixed ACPI description table. Its signature isn't its name.
    pub const FADT: Self = Self(*b"FACP");
    /// Multiple APIC description table. Its signature isn't its name.
    pub const MADT: Self = Self(*b"APIC");
    /// Differentiated system description table.
    pub const DSDT: Self = Self(*b"DSDT");
    /// Secondary system description table: there may be many.
    pub const SSDT: Self = Self(*b"SSDT");
    /// Root system description table: addresses of 32 bits.
    pub const RSDT: Self = Self(*b"RSDT");
    /// Extended system description table: addresses of 64 bits.
    pub const XSDT: Self = Self(*b"XSDT");
    /// Root system description pointer: the first four letters of eight.
    pub const RSDP: Self = Self(*b"RSD ");
}

impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.trim_ascii_end().escape_ascii().fmt(f)
    }
}

impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A table with the right signature and checksum, and as long as it says.
#[derive(Debug, Clone, Copy)]
pub struct Table<'m> {
    bytes: &'m [u8],
}

impl<'m> Table<'m> {
    /// Returns the table at a physical address.
    ///
    /// # Errors
    /// [`Error::Unreadable`], [`Error::NotThere`], [`Error::Length`], [`Error::Checksum`].
    pub fn read(memory: &'m dyn PhysicalMemory, address: u64, signature: Signature) -> Result<Self, Error> {
        let unreadable = Error::Unreadable(signature, address);
        let header = memory.bytes(address, HEADER_SIZE).ok_or(unreadable)?;
        if !header.starts_with(&signature.0) {
            return Err(Error::NotThere(signature, address));
        }
        let length = u32_at(header, 4).ok_or(unreadable)?;
        let size = usize::try_from(length).ok().filter(|size| (HEADER_SIZE..=MAX_SIZE).contains(size));
        let size = size.ok_or(Error::Length(signature, length))?;
        let bytes = memory.bytes(address, size).ok_or(unreadable)?;
        if sum(bytes) != 0 {
            return Err(Error::Checksum(signature, address));
        }
        Ok(Self { bytes })
    }

    /// Returns all of it, with the header: offsets are as the specification has them.
    #[must_use]
    pub fn bytes(&self) -> &'m [u8] {
        self.bytes
    }

    /// Returns what follows the header.
    #[must_use]
    pub fn body(&self) -> &'m [u8] {
        self.bytes.get(HEADER_SIZE..).unwrap_or_default()
    }
}

/// Zero, where a checksum is right.
pub(crate) fn sum(bytes: &[u8]) -> u8 {
    bytes.iter().fold(0, |sum, byte| sum.wrapping_add(*byte))
}
