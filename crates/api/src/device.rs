//! What the kernel was read from.

/// The disk and the partition that the kernel was read from.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BootDevice {
    /// The kind of the partition table.
    pub table: PartitionTable,
    /// Number of the partition's entry in the table, counted from zero.
    pub entry: u32,
    /// First sector of the partition, counted from the start of the disk.
    pub partition_lba: u64,
    /// Sectors in the partition.
    pub partition_sectors: u64,
    /// Bytes of a sector.
    pub sector_size: u32,
    /// Bytes 440 to 443 of the disk's first sector, whichever table there is.
    pub disk_signature: u32,
    /// The BIOS's number for the drive, or [`Self::NO_BIOS_DRIVE`]. [`Self::bios_drive`] is the same as an `Option`.
    pub bios_drive_or_none: u16,
    /// The type byte of the MBR's entry, such as 0Ch for FAT32 by LBA. Zero without an MBR entry.
    pub mbr_type: u8,
    /// Zero.
    pub reserved: [u8; 5],
    /// The disk's GUID in the GPT, byte by byte as on the disk. Zero without a GPT.
    pub disk_guid: [u8; 16],
    /// The partition's own GUID in the GPT, byte by byte as on the disk. Zero without a GPT.
    pub partition_guid: [u8; 16],
}

/// The kind of a partition table. Not an `enum`: a newer loader may know more, such as none at all.
#[repr(transparent)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PartitionTable(pub u32);

impl PartitionTable {
    /// The master boot record.
    pub const MBR: Self = Self(1);
    /// The GUID partition table.
    pub const GPT: Self = Self(2);
}

/// What tells the boot partition from all others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PartitionId {
    /// An entry of an MBR.
    Mbr {
        /// The disk's signature.
        disk_signature: u32,
        /// 0 to 3.
        entry: u32,
        /// The type byte.
        partition_type: u8,
    },
    /// An entry of a GPT.
    Gpt {
        /// The disk's GUID.
        disk: [u8; 16],
        /// The partition's own GUID.
        partition: [u8; 16],
        /// Counted from zero.
        entry: u32,
    },
}

impl BootDevice {
    /// The firmware is no BIOS, or the drive isn't one of its drives.
    pub const NO_BIOS_DRIVE: u16 = 0xFFFF;

    /// Returns the BIOS's number for the drive: 00h is the first floppy, 80h the first hard disk. `None` on a machine
    /// without a BIOS.
    #[must_use]
    pub const fn bios_drive(&self) -> Option<u8> {
        match self.bios_drive_or_none.to_le_bytes() {
            [drive, 0] => Some(drive),
            _ => None,
        }
    }

    /// Returns what tells the partition from all others; `None` for a table that this crate doesn't know.
    #[must_use]
    pub const fn partition(&self) -> Option<PartitionId> {
        let Self { entry, disk_signature, mbr_type: partition_type, .. } = *self;
        match self.table {
            PartitionTable::MBR => Some(PartitionId::Mbr { disk_signature, entry, partition_type }),
            PartitionTable::GPT => {
                Some(PartitionId::Gpt { disk: self.disk_guid, partition: self.partition_guid, entry })
            }
            _ => None,
        }
    }
}

const _: () = {
    use core::mem::offset_of;
    assert!(size_of::<BootDevice>() == 72);
    assert!(offset_of!(BootDevice, entry) == 4);
    assert!(offset_of!(BootDevice, partition_lba) == 8);
    assert!(offset_of!(BootDevice, partition_sectors) == 16);
    assert!(offset_of!(BootDevice, sector_size) == 24);
    assert!(offset_of!(BootDevice, disk_signature) == 28);
    assert!(offset_of!(BootDevice, bios_drive_or_none) == 32);
    assert!(offset_of!(BootDevice, mbr_type) == 34);
    assert!(offset_of!(BootDevice, disk_guid) == 40);
    assert!(offset_of!(BootDevice, partition_guid) == 56);
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::boot_info::tests::boot_info;

    #[test]
    fn a_partition_is_told_by_the_table_that_it_is_in() {
        let mbr = BootDevice {
            table: PartitionTable(1),
            entry: 2,
            disk_signature: 0xCAFE,
            mbr_type: 0x0C,
            disk_guid: [1; 16],
            ..boot_info().boot_device
        };
        let expected = PartitionId::Mbr { disk_signature: 0xCAFE, entry: 2, partition_type: 0x0C };
        assert_eq!(mbr.partition(), Some(expected));
        let gpt = BootDevice { table: PartitionTable(2), partition_guid: [2; 16], ..mbr };
        let expected = PartitionId::Gpt { disk: [1; 16], partition: [2; 16], entry: 2 };
        assert_eq!(gpt.partition(), Some(expected));
        for table in [0, 3, u32::MAX] {
            assert_eq!(BootDevice { table: PartitionTable(table), ..gpt }.partition(), None, "table {table}");
        }
    }

    #[test]
    fn only_a_bios_has_a_drive_number() {
        let drive =
            |bios_drive_or_none| BootDevice { bios_drive_or_none, ..boot_info().boot_device }.bios_drive();
        assert_eq!((drive(0), drive(0x80), drive(0xFF)), (Some(0), Some(0x80), Some(0xFF)));
        assert_eq!((drive(0x100), drive(BootDevice::NO_BIOS_DRIVE)), (None, None));
    }
}
