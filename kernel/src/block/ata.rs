//! ATA disks at the PC's two channels, by port I/O, without the BIOS and without interrupts.
//!
//! ```text
//! channel     command   control   drives
//! primary     1F0h      3F6h      master, slave
//! secondary   170h      376h      master, slave
//! ```
//!
//! The protocol is the crate `ata`'s, the ports are `device/ata_ports.rs`'s. A channel is locked for a call at a time: other threads run
//! while one waits for it. A thread that is killed during a command leaves it half done: the thread that locks the
//! channel next resets it. Where interrupts are off a channel that is in use is an error. Nothing is
//! written unless the caller asks for [`Access::ReadWrite`]. A disk at an AHCI, NVMe, USB or SCSI controller isn't found here.

use core::fmt;

pub use farjump_ata::Access;
use farjump_ata::{AtaError, Drive, Identity, Unit};
use x86_64::instructions::interrupts;

use crate::device::ata_ports::Channel;
use crate::thread::{Mutex, MutexGuard};

/// Where a disk may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Position {
    PrimaryMaster,
    PrimarySlave,
    SecondaryMaster,
    SecondarySlave,
}

/// A disk that was found.
#[derive(Debug, Clone, Copy)]
pub struct AtaDisk {
    position: Position,
    drive: Drive,
}

static CHANNELS: [Mutex<Channel>; 2] = [Mutex::new(Channel::PRIMARY), Mutex::new(Channel::SECONDARY)];

impl Position {
    /// All of them.
    pub const ALL: [Self; 4] =
        [Self::PrimaryMaster, Self::PrimarySlave, Self::SecondaryMaster, Self::SecondarySlave];

    fn channel(self) -> &'static Mutex<Channel> {
        match self {
            Self::PrimaryMaster | Self::PrimarySlave => &CHANNELS[0],
            Self::SecondaryMaster | Self::SecondarySlave => &CHANNELS[1],
        }
    }

    const fn unit(self) -> Unit {
        match self {
            Self::PrimaryMaster | Self::SecondaryMaster => Unit::Master,
            Self::PrimarySlave | Self::SecondarySlave => Unit::Slave,
        }
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::PrimaryMaster => "primary master",
            Self::PrimarySlave => "primary slave",
            Self::SecondaryMaster => "secondary master",
            Self::SecondarySlave => "secondary slave",
        })
    }
}

impl AtaDisk {
    /// Returns the disk at `position`, which is written to only if `access` says so.
    ///
    /// # Errors
    /// There is none, or it isn't one that is read: see [`Drive::find`].
    pub fn find(position: Position, access: Access) -> Result<Self, AtaError> {
        let drive = Drive::find(&mut *lock(position)?, position.unit(), access)?;
        Ok(Self { position, drive })
    }

    /// Where it is.
    #[must_use]
    pub const fn position(&self) -> Position {
        self.position
    }

    /// What it says of itself: model, sectors.
    #[must_use]
    pub const fn identity(&self) -> &Identity {
        self.drive.identity()
    }

    /// Fills `bytes`, which are whole sectors of 512, from sector `lba` on.
    ///
    /// # Errors
    /// As [`Drive::read`].
    pub fn read(&self, lba: u64, bytes: &mut [u8]) -> Result<(), AtaError> {
        self.drive.read(&mut *lock(self.position)?, lba, bytes)
    }

    /// Writes `bytes`, which are whole sectors of 512, from sector `lba` on.
    ///
    /// # Errors
    /// [`AtaError::ReadOnly`] unless it was found with [`Access::ReadWrite`]; otherwise as [`Drive::write`].
    pub fn write(&self, lba: u64, bytes: &[u8]) -> Result<(), AtaError> {
        self.drive.write(&mut *lock(self.position)?, lba, bytes)
    }
}

/// The channel of `position`, in a state to take a command.
fn lock(position: Position) -> Result<MutexGuard<'static, Channel>, AtaError> {
    let channel = position.channel();
    let mut channel = match channel.try_lock() {
        Some(channel) => channel,
        None if interrupts::are_enabled() => channel.lock(),
        // No other thread runs until they are on again: waiting would never end.
        None => return Err(AtaError::InUse),
    };
    if channel.is_poisoned() {
        farjump_ata::reset(&mut *channel)?;
    }
    Ok(channel)
}
