//! The disk address packet.

use boot_layout::bios::DAP_SIZE;

/// The disk address packet that INT 13h AH=42h (extended read) expects at DS:SI.
///
/// The BIOS overwrites the sector count with the number of sectors that it has transferred.
///
/// Source: RBIL INT 13/AH=42h, table 00272.
#[derive(Debug, Clone, Copy)]
pub(super) struct DiskAddressPacket {
    /// Sectors to read: 1 to 127.
    pub(super) sector_count: u16,
    /// Segment of the destination; its offset is zero.
    pub(super) buffer_segment: u16,
    /// First sector, counted from zero at the start of the disk.
    pub(super) start_lba: u64,
}

impl DiskAddressPacket {
    /// Returns the packet's bytes: size, zero, count, offset, segment, LBA.
    pub(super) fn to_bytes(self) -> [u8; DAP_SIZE as usize] {
        let mut bytes = [0; DAP_SIZE as usize];
        bytes[0] = DAP_SIZE;
        bytes[2..4].copy_from_slice(&self.sector_count.to_le_bytes());
        bytes[6..8].copy_from_slice(&self.buffer_segment.to_le_bytes());
        bytes[8..16].copy_from_slice(&self.start_lba.to_le_bytes());
        bytes
    }

    /// Returns the sector count that the BIOS has written to the packet.
    pub(super) fn transferred(bytes: [u8; 4]) -> u16 {
        u16::from_le_bytes([bytes[2], bytes[3]])
    }
}
