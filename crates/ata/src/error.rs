//! Why a drive isn't one, or didn't do what it was told.

use core::fmt;

use crate::register::{ErrorRegister, Status};

/// What a drive was doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// It was being selected.
    Select,
    /// IDENTIFY DEVICE.
    Identify,
    /// It was giving this sector.
    Read(u64),
    /// It was taking this sector.
    Write(u64),
    /// It was to write what it has in its cache.
    Flush,
    /// Its channel was being reset.
    Reset,
}

/// Why a drive can't be used, or a command failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AtaError {
    /// The channel has no drives: its lines aren't driven.
    FloatingBus,
    /// There is no drive in this place.
    NoDrive,
    /// It takes ATAPI packets: a CD, DVD or tape drive.
    PacketDevice,
    /// It isn't an ATA disk; the two bytes of its signature, LBA mid in the low one.
    Signature(u16),
    /// Its IDENTIFY data is damaged: the sum of the 512 bytes, which should be zero.
    IdentifyChecksum(u8),
    /// It knows no logical block addresses.
    NoLba,
    /// Bytes of its sectors, which aren't 512.
    SectorSize(u64),
    /// It reports no sectors.
    NoSectors,
    /// It still wasn't ready after a number of polls.
    TimedOut {
        /// What was awaited.
        step: Step,
        /// The status then.
        status: Status,
    },
    /// It reported an error.
    Failed {
        /// At what.
        step: Step,
        /// Its reason.
        error: ErrorRegister,
    },
    /// It reported that it has broken down.
    DeviceFault {
        /// At what.
        step: Step,
        /// The error register, for what it is worth.
        error: ErrorRegister,
    },
    /// It had ended the command, and was to have data, or the other way round.
    Handshake {
        /// At what.
        step: Step,
        /// The status that doesn't fit.
        status: Status,
    },
    /// Sectors that it doesn't have.
    PastEnd {
        /// First sector.
        lba: u64,
        /// Sectors, or the highest number there is for more.
        count: u32,
        /// Sectors of the drive.
        sectors: u64,
    },
    /// A number of bytes that isn't one of whole sectors.
    PartOfSector(usize),
    /// It was opened for reading only.
    ReadOnly,
    /// Another thread uses its channel, and can't continue while this caller waits.
    InUse,
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Select => f.write_str("select"),
            Self::Identify => f.write_str("identify"),
            Self::Read(lba) => write!(f, "read sector {lba}"),
            Self::Write(lba) => write!(f, "write sector {lba}"),
            Self::Flush => f.write_str("flush"),
            Self::Reset => f.write_str("reset"),
        }
    }
}

impl fmt::Display for AtaError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::FloatingBus => f.write_str("no controller"),
            Self::NoDrive => f.write_str("no drive"),
            Self::PacketDevice => f.write_str("a packet device (ATAPI: CD, DVD), which isn't read"),
            Self::Signature(signature) => {
                write!(f, "signature {signature:04x}h, which is no ATA disk's")
            }
            Self::IdentifyChecksum(sum) => {
                write!(f, "identify: the checksum is off by {sum:#04x}; check the cable")
            }
            Self::NoLba => f.write_str("a drive without LBA, which isn't read"),
            Self::SectorSize(size) => write!(f, "{size} bytes per sector, only 512 are supported"),
            Self::NoSectors => f.write_str("identify: a drive of no sectors"),
            Self::TimedOut { step, status } => {
                write!(
                    f,
                    "{step}: no answer in time (status {:#04x}); is the drive all right?",
                    status.bits()
                )
            }
            Self::Failed { step, error } => write!(f, "{step}: {error}"),
            Self::DeviceFault { step, error } => write!(f, "{step}: device fault: {error}"),
            Self::Handshake { step, status } => {
                write!(f, "{step}: the drive is out of step (status {:#04x})", status.bits())
            }
            Self::PastEnd { lba, count, sectors } => {
                let last = lba.saturating_add(count.saturating_sub(1).into());
                write!(f, "sector {last} is past the end: the drive has {sectors} sectors")
            }
            Self::PartOfSector(bytes) => write!(f, "{bytes} bytes aren't whole sectors of 512"),
            Self::InUse => {
                f.write_str("the channel is in use, and interrupts are off: try again with them on")
            }
            Self::ReadOnly => f.write_str("nothing is written: the command line doesn't say `rw`"),
        }
    }
}

impl core::error::Error for AtaError {}
