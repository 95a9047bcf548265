//! The layout of the disk, in 512-byte sectors, and of the boot sector, in bytes.
//!
//! ```text
//! LBA 0        boot sector: jump, BPB stub, code, disk signature, partition table, 55 AA
//! LBA 1..      stage 2, at most up to the partition
//! LBA 2048..   partition 1: FAT, active (right after stage 2 on a floppy)
//! ```

use core::ops::Range;

pub use farjump_fs::SECTOR_SIZE;
pub use farjump_fs::mbr::{BOOT_SIGNATURE, DISK_SIGNATURE, PARTITION_TABLE};

/// First sector of stage 2.
pub const STAGE2_LBA: u32 = 1;

/// First sector of the FAT partition on all images but floppies: 1 MiB, the alignment that partitioning tools use. It
/// leaves the usual "MBR gap" for stage 2.
pub const PARTITION_LBA: u32 = 2048;

/// The maximum number of sectors in one INT 13h read.
///
/// Source: RBIL INT 13/AH=42h: some Phoenix BIOSes accept at most 127.
pub const MAX_SECTORS_PER_READ: u16 = 127;

/// Bytes of the boot sector that a BIOS may read as a BIOS parameter block, or overwrite. They contain no code.
pub const BPB: Range<usize> = 3..62;

/// The BPB's media descriptor byte for a fixed disk.
pub const MEDIA_FIXED_DISK: u8 = 0xF8;

/// Bytes of the boot sector with the code and data of stage 1, including the leading jump and the BPB.
pub const STAGE1_CODE: Range<usize> = 0..440;
