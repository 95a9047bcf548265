//! What the kernel was read from.

/// The drive and the partition that the kernel was read from.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BootDevice {
    /// The BIOS's number for the drive: 00h is the first floppy, 80h the first hard disk.
    pub drive: u8,
    /// Which entry of the partition table, counted from zero: one of the MBR's four, or, up to 255, of the GPT's.
    pub partition: u8,
    /// The MBR entry's type byte, such as 0Ch for FAT32 by LBA; [`Self::IN_GPT`] for an entry of the GPT.
    pub partition_type: u8,
    /// Zero.
    pub reserved: u8,
    /// Bytes 440..443 of the boot sector: tells the kernel's own driver which disk this was.
    pub disk_signature: u32,
    /// First sector of the partition, counted from the start of the disk.
    pub partition_lba: u64,
    /// Sectors in the partition.
    pub partition_sectors: u64,
}

impl BootDevice {
    /// The `partition_type` of a partition that stands in the GPT: the type of the MBR's entry for a GPT.
    pub const IN_GPT: u8 = 0xEE;
}

const _: () = assert!(size_of::<BootDevice>() == 24);
