//! Numbers of the BIOS services that more than one stage calls.
//!
//! Source: Ralf Brown's Interrupt List (RBIL), by interrupt and AH; EDD 1.1, "Fixed Disk Access Subset".

use core::ops::Range;

/// The timer tick, ISA IRQ 0. Calling it as a service adds one tick.
///
/// Source: RBIL INT 08.
pub const INT_TIMER: u8 = 0x08;

/// Video services.
pub const INT_VIDEO: u8 = 0x10;

/// Address of the upper byte of [`INT_VIDEO`]'s segment in the interrupt vector table. This byte is the number of the
/// 4 KiB page that contains the service.
pub const VIDEO_VECTOR_PAGE: u16 = INT_VIDEO as u16 * 4 + 3;

/// 4 KiB pages for the ROMs of adapters: a video service in one of them belongs to a display adapter. A service at F0h or
/// above is the BIOS's own: there is no screen, and it may send the characters to a serial port.
///
/// Source: BIOS Boot Specification 1.01, "Option ROMs"; RBIL MEM C000h.
pub const VIDEO_ROM_PAGES: Range<u8> = 0xC0..0xF0;

/// INT 10h, AH: write the character in AL at the cursor and advance the cursor.
pub const TELETYPE: u8 = 0x0E;

/// Disk services.
pub const INT_DISK: u8 = 0x13;

/// INT 13h, AH: reset the drive in DL.
pub const RESET_DISK: u8 = 0x00;

/// INT 13h, AH: read by cylinder, head and sector.
pub const CHS_READ: u8 = 0x02;

/// INT 13h, AH: geometry, in CH, CL and DH.
pub const GET_DRIVE_PARAMETERS: u8 = 0x08;

/// Bits of CL after [`GET_DRIVE_PARAMETERS`]: sectors per track. The other bits are the cylinder's upper bits.
pub const GEOMETRY_SECTOR_MASK: u8 = 0x3F;

/// Shifts the byte with bits 8 and 9 of a cylinder to their position in CL.
pub const CYLINDER_HIGH_SHIFT: u8 = 6;

/// INT 13h, AH: checks for the extensions. BX holds [`EDD_SIGNATURE_IN`], then [`EDD_SIGNATURE_OUT`].
pub const EDD_INSTALLATION_CHECK: u8 = 0x41;

/// BX before the installation check.
pub const EDD_SIGNATURE_IN: u16 = 0x55AA;

/// BX after the installation check, if the extensions are supported.
pub const EDD_SIGNATURE_OUT: u16 = 0xAA55;

/// Bit of CX after the installation check: reading by disk address packet is supported.
pub const EDD_FIXED_DISK_ACCESS: u8 = 1;

/// INT 13h, AH: read by the disk address packet at DS:SI.
pub const EDD_READ: u8 = 0x42;

/// Bytes of a disk address packet.
pub const DAP_SIZE: u8 = 16;

/// Number of attempts before a read counts as failed. While a floppy spins up, the first two attempts fail.
pub const READ_TRIES: u8 = 3;

/// The first hard disk's number.
pub const FIRST_HARD_DISK: u8 = 0x80;

/// Bits of DL that are clear in every valid drive number: drives are 00h..0Fh and 80h..8Fh.
pub const INVALID_DRIVE_BITS: u8 = 0x70;

/// Size of base memory in KiB, in AX.
pub const INT_BASE_MEMORY: u8 = 0x12;

/// System services: A20, memory map, extended memory.
pub const INT_SYSTEM: u8 = 0x15;

/// The last colour text mode. Modes 0 to this one are text; graphics modes follow.
pub const LAST_COLOR_TEXT_MODE: u8 = 3;

/// The monochrome text mode.
pub const VIDEO_MODE_MONOCHROME: u8 = 7;

/// Addresses of the BIOS's variables.
///
/// Source: RBIL MEM 0040h.
pub mod data_area {
    /// Byte: number of the video mode.
    pub const VIDEO_MODE: u64 = 0x449;

    /// Word: columns of the screen.
    pub const COLUMNS: u64 = 0x44A;

    /// Two bytes: column and row of the cursor on page 0.
    pub const CURSOR: u64 = 0x450;

    /// Byte: rows of the screen, minus one. Zero on the oldest BIOSes, whose screens have 25 rows.
    pub const ROWS_LESS_ONE: u64 = 0x484;

    /// Word: segment of the extended BIOS data area, zero if there is none.
    pub const EBDA_SEGMENT: u64 = 0x40E;
}
