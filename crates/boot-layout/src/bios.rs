//! Numbers of the BIOS services that more than one part of the boot calls.
//!
//! Source: Ralf Brown's Interrupt List (RBIL), by interrupt and AH; EDD 1.1, "Fixed Disk Access Subset".

use core::ops::Range;

/// The timer's tick, which is interrupt line 0: called as a service, it is one tick more.
///
/// Source: RBIL INT 08.
pub const INT_TIMER: u8 = 0x08;

/// Video services.
pub const INT_VIDEO: u8 = 0x10;

/// Where the upper byte of [`INT_VIDEO`]'s segment stands in the interrupt vector table: which 4 KiB the service is in.
pub const VIDEO_VECTOR_PAGE: u16 = INT_VIDEO as u16 * 4 + 3;

/// Pages of 4 KiB that hold the ROMs of adapters: a video service in them is that of a screen. One at F0h or above is the
/// BIOS's own, which has no screen; it may send what it gets to a serial port.
///
/// Source: BIOS Boot Specification 1.01, "Option ROMs"; RBIL MEM C000h.
pub const VIDEO_ROM_PAGES: Range<u8> = 0xC0..0xF0;

/// INT 10h, AH: write the character in AL at the cursor and move on.
pub const TELETYPE: u8 = 0x0E;

/// Disk services.
pub const INT_DISK: u8 = 0x13;

/// INT 13h, AH: reset the drive in DL.
pub const RESET_DISK: u8 = 0x00;

/// INT 13h, AH: read by cylinder, head and sector.
pub const CHS_READ: u8 = 0x02;

/// INT 13h, AH: geometry, in CH, CL and DH.
pub const GET_DRIVE_PARAMETERS: u8 = 0x08;

/// Of CL after [`GET_DRIVE_PARAMETERS`]: sectors in a track. The rest is the cylinder's upper bits.
pub const GEOMETRY_SECTOR_MASK: u8 = 0x3F;

/// From bits 8 and 9 of a cylinder to their place in CL, within a byte.
pub const CYLINDER_HIGH_SHIFT: u8 = 6;

/// INT 13h, AH: are the extensions there? BX holds [`EDD_QUESTION`], then [`EDD_ANSWER`].
pub const EDD_INSTALLATION_CHECK: u8 = 0x41;

/// BX before the installation check.
pub const EDD_QUESTION: u16 = 0x55AA;

/// BX after it, where the extensions are there.
pub const EDD_ANSWER: u16 = 0xAA55;

/// Of CX after the installation check: reading by disk address packet is there.
pub const EDD_PACKET_ACCESS: u8 = 1;

/// INT 13h, AH: read by the disk address packet at DS:SI.
pub const EDD_READ: u8 = 0x42;

/// Bytes of a disk address packet.
pub const DAP_SIZE: u8 = 16;

/// How often a read is tried before it counts as failed. A floppy that spins up fails the first two.
pub const READ_TRIES: u8 = 3;

/// The first hard disk's number.
pub const FIRST_HARD_DISK: u8 = 0x80;

/// Bits of DL that no drive's number has: drives are 00h..0Fh and 80h..8Fh.
pub const NOT_A_DRIVE: u8 = 0x70;

/// Size of base memory in KiB, in AX.
pub const INT_BASE_MEMORY: u8 = 0x12;

/// System services: A20, memory map, extended memory.
pub const INT_SYSTEM: u8 = 0x15;

/// Colour text modes are 0 to this one; behind it come graphics.
pub const LAST_COLOR_TEXT_MODE: u8 = 3;

/// The monochrome text mode.
pub const VIDEO_MODE_MONOCHROME: u8 = 7;

/// Where the BIOS keeps its variables.
///
/// Source: RBIL MEM 0040h.
pub mod data_area {
    /// Byte: number of the video mode.
    pub const VIDEO_MODE: u64 = 0x449;

    /// Word: columns of the screen.
    pub const COLUMNS: u64 = 0x44A;

    /// Two bytes: column and row of the cursor on page 0.
    pub const CURSOR: u64 = 0x450;

    /// Byte: rows of the screen, less one. Zero on the oldest BIOSes, whose screens have 25.
    pub const ROWS_LESS_ONE: u64 = 0x484;

    /// Word: segment of the extended BIOS data area, zero where there is none.
    pub const EBDA_SEGMENT: u64 = 0x40E;
}
