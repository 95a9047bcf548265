//! Sectors as the registers take them: by 28 bits, or by 48 where those aren't enough.
//!
//! ```text
//!                SectorCount   LbaLow   LbaMid   LbaHigh   Device
//! 28 bits        7..0          7..0     15..8    23..16    27..24
//! 48 bits 1st    15..8         31..24   39..32   47..40
//!         2nd    7..0          7..0     15..8    23..16    0
//! ```
//!
//! Source: ATA/ATAPI-7 vol. 1, "Sector addressing", "48-bit Address feature set".

use crate::Register;
use crate::register::{Command, DEVICE_LBA};

/// Sectors that 28 bits reach.
pub const LBA28_SECTORS: u64 = 1 << 28;

/// Most sectors of one command here. 28-bit commands have no more; 48-bit ones are kept as short, for a command's
/// length isn't what makes a transfer slow.
pub const MAX_SECTORS: u16 = 256;

/// Which way data go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// From the drive.
    Read,
    /// To the drive.
    Write,
}

/// A command to transfer `count` sectors from `lba` on: what to write to which register, in this order, the last
/// being the command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Transfer {
    /// First sector.
    pub lba: u64,
    /// Sectors, 1 to [`MAX_SECTORS`].
    pub count: u16,
    /// Which way.
    pub direction: Direction,
}

impl Transfer {
    /// Returns whether 28 bits don't reach its last sector.
    #[must_use]
    pub const fn needs_48_bits(&self) -> bool {
        self.lba + self.count as u64 > LBA28_SECTORS
    }

    /// Returns the command.
    #[must_use]
    pub const fn command(&self) -> Command {
        match (self.direction, self.needs_48_bits()) {
            (Direction::Read, false) => Command::ReadSectors,
            (Direction::Read, true) => Command::ReadSectorsExt,
            (Direction::Write, false) => Command::WriteSectors,
            (Direction::Write, true) => Command::WriteSectorsExt,
        }
    }

    /// Returns the lower bits of the device register: LBA, and its bits 24 to 27 where the command has 28.
    #[must_use]
    pub const fn device(&self) -> u8 {
        let [_, _, _, upper, ..] = self.lba.to_le_bytes();
        if self.needs_48_bits() { DEVICE_LBA } else { DEVICE_LBA | upper & 0xF }
    }

    /// Returns the registers to write, without the device and the command.
    pub fn registers(&self) -> impl Iterator<Item = (Register, u8)> {
        // A count of zero means the most that the registers can say: 256 in 8 bits, and 256 in 16 is 0100h.
        let [low, mid, high, byte_3, byte_4, byte_5, ..] = self.lba.to_le_bytes();
        let [count_low, count_high] = self.count.to_le_bytes();
        let upper = [count_high, byte_3, byte_4, byte_5];
        let lower = [count_low, low, mid, high];
        let upper = self.needs_48_bits().then_some(upper).into_iter();
        upper.chain([lower]).flat_map(|bytes| {
            use Register::{LbaHigh, LbaLow, LbaMid, SectorCount};
            [SectorCount, LbaLow, LbaMid, LbaHigh].into_iter().zip(bytes)
        })
    }
}
