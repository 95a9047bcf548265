//! The registers of a channel, what their bits say, and the commands.

use core::fmt;

/// A register. The same address often has one meaning when read and another when written: both are named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Register {
    /// Read: what went wrong. Written: features, which no command here uses.
    Error,
    /// Sectors of a command, the upper byte first where it has two.
    SectorCount,
    /// LBA bits 0 to 7; before that 24 to 31.
    LbaLow,
    /// LBA bits 8 to 15; before that 32 to 39.
    LbaMid,
    /// LBA bits 16 to 23; before that 40 to 47.
    LbaHigh,
    /// Which drive, LBA or CHS, and LBA bits 24 to 27.
    Device,
    /// Read: [`Status`]. Reading it takes an interrupt back. Written: the command.
    StatusCommand,
    /// Read: the same status, with no effect. Written: [`CONTROL_NO_INTERRUPT`], [`CONTROL_RESET`].
    AlternateStatusControl,
}

/// Device control: the channel raises no interrupt.
pub const CONTROL_NO_INTERRUPT: u8 = 1 << 1;

/// Device control: both drives are reset as long as it is set.
pub const CONTROL_RESET: u8 = 1 << 2;

/// Device register: addresses are LBA. Bits 7 and 5 are obsolete, and set for old drives.
pub const DEVICE_LBA: u8 = 0b1110_0000;

/// Device register: device 1.
pub const DEVICE_SLAVE: u8 = 1 << 4;

/// A command's code.
///
/// Source: ATA/ATAPI-7 vol. 1, "Command descriptions".
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
#[expect(missing_docs, reason = "the standard's names")]
pub enum Command {
    ReadSectors = 0x20,
    ReadSectorsExt = 0x24,
    WriteSectors = 0x30,
    WriteSectorsExt = 0x34,
    FlushCache = 0xE7,
    FlushCacheExt = 0xEA,
    IdentifyDevice = 0xEC,
}

bitflags::bitflags! {
    /// The status register.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub struct Status: u8 {
        /// The drive works on a command; no other bit counts.
        const BUSY = 1 << 7;
        /// It takes commands.
        const READY = 1 << 6;
        /// It has broken down: only a reset helps, or nothing.
        const DEVICE_FAULT = 1 << 5;
        /// It is ready to transfer a block of data.
        const DATA_REQUEST = 1 << 3;
        /// The command has failed; the error register has the reason.
        const ERROR = 1 << 0;
    }
}

bitflags::bitflags! {
    /// The error register after a command that has failed.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub struct ErrorRegister: u8 {
        /// The interface lost bits on the way.
        const INTERFACE_CRC = 1 << 7;
        /// The sector's data can't be corrected.
        const UNCORRECTABLE = 1 << 6;
        /// The medium is another one.
        const MEDIA_CHANGED = 1 << 5;
        /// There is no such sector.
        const ID_NOT_FOUND = 1 << 4;
        /// Someone wants to take the medium out.
        const MEDIA_CHANGE_REQUEST = 1 << 3;
        /// The command was aborted: the drive doesn't know it, or couldn't complete it.
        const ABORTED = 1 << 2;
        /// There is no medium.
        const NO_MEDIA = 1 << 1;
        /// The sector's address mark wasn't found; in newer standards, the command's own.
        const ADDRESS_MARK_NOT_FOUND = 1 << 0;
    }
}

/// What each bit of the error register means.
const ERROR_WORDS: [(ErrorRegister, &str); 8] = [
    (ErrorRegister::INTERFACE_CRC, "data were damaged on the cable"),
    (ErrorRegister::UNCORRECTABLE, "the data can't be corrected"),
    (ErrorRegister::MEDIA_CHANGED, "the medium was changed"),
    (ErrorRegister::ID_NOT_FOUND, "no such sector"),
    (ErrorRegister::MEDIA_CHANGE_REQUEST, "a change of the medium was requested"),
    (ErrorRegister::ABORTED, "the command was aborted"),
    (ErrorRegister::NO_MEDIA, "no medium"),
    (ErrorRegister::ADDRESS_MARK_NOT_FOUND, "the sector's address mark wasn't found"),
];

impl fmt::Display for ErrorRegister {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = ERROR_WORDS.iter().filter(|(bit, _)| self.contains(*bit));
        for (index, (_, words)) in words.enumerate() {
            if index > 0 {
                f.write_str(", ")?;
            }
            f.write_str(words)?;
        }
        if self.is_empty() {
            f.write_str("no reason reported")?;
        }
        write!(f, " (error register {:#04x})", self.bits())
    }
}
