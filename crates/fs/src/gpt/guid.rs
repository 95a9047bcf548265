//! GUIDs: their bytes on a disk and their text.

use core::fmt;

/// A globally unique identifier, as the 16 bytes on the disk.
///
/// The first three fields are little-endian. Source: UEFI 2.10, appendix A, "GUID and Time Formats".
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Guid(pub [u8; 16]);

impl Guid {
    /// The type of an unused entry.
    pub const UNUSED: Self = Self([0; 16]);

    /// The type of the partition that UEFI boots from: C12A7328-F81F-11D2-BA4B-00A0C93EC93B.
    ///
    /// Source: UEFI 2.10, "Defined GPT Partition Entry - Partition Type GUIDs".
    pub const EFI_SYSTEM_PARTITION: Self = Self([
        0x28, 0x73, 0x2A, 0xC1, 0x1F, 0xF8, 0xD2, 0x11, 0xBA, 0x4B, 0x00, 0xA0, 0xC9, 0x3E, 0xC9, 0x3B,
    ]);
}

impl fmt::Display for Guid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const DASHES_BEFORE: [usize; 4] = [4, 6, 8, 10];
        const ORDER: [usize; 16] = [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15];
        for (position, index) in ORDER.into_iter().enumerate() {
            if DASHES_BEFORE.contains(&position) {
                f.write_str("-")?;
            }
            write!(f, "{:02X}", self.0[index])?;
        }
        Ok(())
    }
}

impl fmt::Debug for Guid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
