//! The interface between the shim and the tests that put it on a disk: where it goes, and its settings.
//!
//! ```text
//! LBA 0              the shim's boot sector, with the disk's own partition table
//! OURS_LBA           farjump's boot sector
//! OURS_LBA + 1 ..    the shim's body: settings, code, entries of a memory map
//! ```
//!
//! The body is the rest of the file that the boot sector begins. It is loaded into the memory after the loader's, stays
//! there, and answers INT 13h and INT 15h as the settings say.

#![cfg_attr(farjump_boots, no_std)]
#![forbid(unsafe_code)]

use boot_layout::disk::SECTOR_SIZE;

/// Where farjump's boot sector goes: in the gap, after stage 2.
pub const OURS_LBA: u16 = 2000;

/// Where the settings stand in the file: one byte each, see [`Setting`].
pub const SETTINGS: usize = SECTOR_SIZE;

/// Where the memory map's entries stand in the file.
pub const ENTRIES: usize = 3 * SECTOR_SIZE;

/// Bytes from one entry to the next, whatever [`Setting::EntrySize`] says.
pub const ENTRY_SIZE: usize = 24;

/// The most entries of a memory map.
pub const MAX_ENTRIES: usize = 600;

/// Sectors of the whole file.
pub const SECTORS: usize = (ENTRIES + MAX_ENTRIES * ENTRY_SIZE).div_ceil(SECTOR_SIZE);

/// Each is a byte; zero leaves the behaviour to the BIOS.
#[repr(u8)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Setting {
    /// What farjump's boot sector finds in DL.
    Drive,
    /// How A20 is switched off, at the start and after each INT 13h, until it is requested: one of [`a20`].
    A20Off,
    /// What INT 15h AX=2401h does: one of [`a20_service`].
    A20Service,
    /// What INT 15h AX=E820h does: one of [`e820`].
    E820,
    /// Bytes of the map's entries: 20 or 24.
    EntrySize,
    /// Number of the map's entries, lower byte.
    EntryCountLow,
    /// Number of the map's entries, upper byte.
    EntryCountHigh,
    /// What E820h returns after the last entry: one of [`end`].
    End,
    /// INT 15h AX=E801h fails.
    NoE801,
    /// INT 15h AH=88h fails.
    No88,
    /// INT 13h AH=41h fails: the drive is to be read by cylinder, head and sector.
    NoEdd,
    /// How reads of more than [`Self::MaxSectors`] end: one of [`reads`].
    Reads,
    /// Sectors of the longest read that is complete.
    MaxSectors,
    /// Reads of sectors before the volume are complete.
    VolumeAlone,
    /// INT 13h leaves FFFFh in DX, except the service that returns a value there.
    DxIsLost,
    /// Complete extended reads leave FF00h in the packet's count.
    CountIsNonsense,
    /// The control registers and flags have bits that a kernel can't use, and each INT 13h that finds other
    /// control registers fails. The CPU must be QEMU's `max`.
    UnusualRegisters,
}

/// The number of settings.
pub const SETTING_COUNT: usize = Setting::UnusualRegisters as usize + 1;

/// Ways to switch A20 off.
pub mod a20 {
    /// By port 92h.
    pub const PORT_92: u8 = 1;
    /// By the keyboard controller's output port.
    pub const KEYBOARD_CONTROLLER: u8 = 2;
}

/// What INT 15h AX=2401h can do instead of its work.
pub mod a20_service {
    /// Report an error.
    pub const FAILS: u8 = 1;
    /// Report success, and do nothing.
    pub const LIES: u8 = 2;
}

/// What INT 15h AX=E820h can do.
pub mod e820 {
    /// Report an error.
    pub const FAILS: u8 = 1;
    /// Return the entries in the file.
    pub const ENTRIES: u8 = 2;
}

/// Ends of a memory map, other than the normal one: the last entry comes with EBX = 0.
pub mod end {
    /// Carry, when one more is requested.
    pub const CARRY: u8 = 1;
    /// A result without "SMAP", when one more is requested.
    pub const NO_SIGNATURE: u8 = 2;
    /// None: it starts again.
    pub const NONE: u8 = 3;
}

/// How long reads can end.
pub mod reads {
    /// Fewer sectors, which is reported as success.
    pub const SHORT: u8 = 1;
    /// Fewer sectors, which is reported as an error.
    pub const SHORT_WITH_CARRY: u8 = 2;
    /// No sector, which is reported as success.
    pub const NOTHING: u8 = 3;
}
