//! ATA disks at the PC's two channels, by port I/O, without the BIOS and without interrupts.
//!
//! ```text
//! channel     command   control   drives
//! primary     1F0h      3F6h      master, slave
//! secondary   170h      376h      master, slave
//! ```
//!
//! The protocol is the crate `ata`'s; here are its ports. A channel is locked for a call at a time: other threads run
//! while one waits for it. A thread that is killed in the midst of a command leaves it half done: whoever locks the
//! channel next resets it. Where interrupts are off a channel that is in use is an error. Nothing is
//! written unless the command line says `rw`. A disk at an AHCI, NVMe, USB or SCSI controller isn't found here.

use core::fmt;

use farjump_ata::{Access, AtaError, Drive, Identity, Ports, Register, Sector, Unit};
use x86_64::instructions::interrupts;
use x86_64::instructions::port::Port;

use crate::command_line;
use crate::task::{Mutex, MutexGuard};

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

/// The ports of a channel.
///
/// Source: ATA/ATAPI host adapters for a PC; "PCI IDE Controller Specification", compatibility mode.
#[derive(Debug)]
struct Channel {
    /// The data register; the others follow.
    command: u16,
    /// The alternate status and device control register.
    control: u16,
}

static CHANNELS: [Mutex<Channel>; 2] = [
    Mutex::new(Channel { command: 0x1F0, control: 0x3F6 }),
    Mutex::new(Channel { command: 0x170, control: 0x376 }),
];

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
    /// The disk at `position`.
    ///
    /// # Errors
    /// There is none, or it isn't one that is read: see [`Drive::find`].
    pub fn find(position: Position) -> Result<Self, AtaError> {
        let line = crate::boot_info().map_or("", |boot_info| boot_info.command_line.get());
        let access = if command_line::has_word(line, "rw") { Access::ReadWrite } else { Access::ReadOnly };
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
    /// [`AtaError::ReadOnly`] unless the command line says `rw`; otherwise as [`Drive::write`].
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
        // Nobody else runs until they are on again: waiting has no end.
        None => return Err(AtaError::InUse),
    };
    if channel.was_abandoned() {
        farjump_ata::reset(&mut *channel)?;
    }
    Ok(channel)
}

impl Channel {
    const fn port(&self, register: Register) -> u16 {
        match register {
            Register::Error => self.command + 1,
            Register::SectorCount => self.command + 2,
            Register::LbaLow => self.command + 3,
            Register::LbaMid => self.command + 4,
            Register::LbaHigh => self.command + 5,
            Register::Device => self.command + 6,
            Register::StatusCommand => self.command + 7,
            Register::AlternateStatusControl => self.control,
        }
    }
}

impl Ports for Channel {
    fn read(&mut self, register: Register) -> u8 {
        // SAFETY: a register of the channel, or a port that nobody drives. Reading it touches no memory.
        unsafe { Port::new(self.port(register)).read() }
    }

    fn write(&mut self, register: Register, value: u8) {
        // SAFETY: as above. The drive touches no memory either: no command here uses DMA.
        unsafe { Port::new(self.port(register)).write(value) };
    }

    fn read_data(&mut self, sector: &mut Sector) {
        // SAFETY: as many words as the sector has go into it, upwards, for DF is clear in Rust code.
        unsafe {
            core::arch::asm!(
                "rep insw",
                inout("rcx") sector.len() / size_of::<u16>() => _,
                inout("rdi") sector.as_mut_ptr() => _,
                in("dx") self.command,
                options(nostack, preserves_flags),
            );
        }
    }

    fn write_data(&mut self, sector: &Sector) {
        // SAFETY: as many words as the sector has are read from it, upwards, for DF is clear in Rust code.
        unsafe {
            core::arch::asm!(
                "rep outsw",
                inout("rcx") sector.len() / size_of::<u16>() => _,
                inout("rsi") sector.as_ptr() => _,
                in("dx") self.command,
                options(nostack, preserves_flags, readonly),
            );
        }
    }
}
