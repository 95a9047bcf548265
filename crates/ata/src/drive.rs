//! A drive: found in its place, read, written.

use crate::address::{Direction, MAX_SECTORS, Transfer};
use crate::channel::Channel;
use crate::register::{Command, DEVICE_LBA};
use crate::{AtaError, Identity, Ports, Register, SECTOR_SIZE, Sector, Status, Step, Unit};

/// What may be done with a drive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Reading.
    ReadOnly,
    /// Reading and writing.
    ReadWrite,
}

/// An ATA disk. It doesn't hold its ports: every method gets those that it was found through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Drive {
    unit: Unit,
    access: Access,
    identity: Identity,
}

/// Statuses of a channel that nothing drives: all lines high, or all but the one that a resistor pulls down.
const FLOATING: [Status; 2] = [Status::from_bits_retain(0xFF), Status::from_bits_retain(0x7F)];

/// Resets a channel whose last user stopped during a command: both drives abort it.
///
/// # Errors
/// [`AtaError::TimedOut`]: they aren't ready afterwards.
pub fn reset<P: Ports>(ports: &mut P) -> Result<(), AtaError> {
    let mut channel = Channel { ports };
    if FLOATING.contains(&channel.status()) {
        return Ok(());
    }
    channel.reset()
}

impl Drive {
    /// Finds the drive that is `unit` of a channel, and asks what it is.
    ///
    /// # Errors
    /// [`AtaError::FloatingBus`], [`AtaError::NoDrive`] and [`AtaError::PacketDevice`] where there is no ATA disk;
    /// the errors of [`Identity::parse`]; and those of a drive that fails.
    pub fn find<P: Ports>(ports: &mut P, unit: Unit, access: Access) -> Result<Self, AtaError> {
        let mut channel = Channel { ports };
        channel.point_at(unit, DEVICE_LBA);
        if FLOATING.contains(&channel.status()) {
            return Err(AtaError::FloatingBus);
        }
        channel.select(unit, DEVICE_LBA)?;
        // A packet device puts its signature here when it refuses the command, and no disk puts anything.
        channel.ports.write(Register::LbaMid, 0);
        channel.ports.write(Register::LbaHigh, 0);
        channel.command(Command::IdentifyDevice);
        if let Err(error) = identified(&mut channel) {
            return Err(error_by_signature(channel.ports).unwrap_or(error));
        }
        let mut data = [0; SECTOR_SIZE];
        channel.ports.read_data(&mut data);
        channel.wait_for_end(Step::Identify)?;
        Ok(Self { unit, access, identity: Identity::parse(&data)? })
    }

    /// Returns the drive's IDENTIFY data.
    #[must_use]
    pub const fn identity(&self) -> &Identity {
        &self.identity
    }

    /// Reads sectors from `lba` on: as many as `bytes` has room for.
    ///
    /// # Errors
    /// [`AtaError::PastEnd`] and [`AtaError::PartOfSector`] before anything is read; then those of a drive that
    /// fails, with the sectors before the one it names in `bytes`.
    pub fn read<P: Ports>(&self, ports: &mut P, lba: u64, bytes: &mut [u8]) -> Result<(), AtaError> {
        self.check_range(lba, bytes.len())?;
        let (sectors, _) = bytes.as_chunks_mut::<SECTOR_SIZE>();
        let mut lba = lba;
        for sectors in sectors.chunks_mut(MAX_SECTORS.into()) {
            self.read_some(&mut Channel { ports }, lba, sectors)?;
            lba += sectors.len() as u64;
        }
        Ok(())
    }

    /// Writes `bytes`, which are whole sectors, from `lba` on, and has the drive empty its cache.
    ///
    /// # Errors
    /// [`AtaError::ReadOnly`], [`AtaError::PastEnd`] and [`AtaError::PartOfSector`] before anything is written; then
    /// those of a drive that fails: sectors may have been written then.
    pub fn write<P: Ports>(&self, ports: &mut P, lba: u64, bytes: &[u8]) -> Result<(), AtaError> {
        if self.access == Access::ReadOnly {
            return Err(AtaError::ReadOnly);
        }
        self.check_range(lba, bytes.len())?;
        let (sectors, _) = bytes.as_chunks::<SECTOR_SIZE>();
        let mut channel = Channel { ports };
        let mut lba = lba;
        for sectors in sectors.chunks(MAX_SECTORS.into()) {
            self.write_some(&mut channel, lba, sectors)?;
            lba += sectors.len() as u64;
        }
        self.flush(&mut channel)
    }

    fn check_range(&self, lba: u64, bytes: usize) -> Result<(), AtaError> {
        if !bytes.is_multiple_of(SECTOR_SIZE) {
            return Err(AtaError::PartOfSector(bytes));
        }
        let count = u32::try_from(bytes / SECTOR_SIZE).unwrap_or(u32::MAX);
        let sectors = self.identity.sectors;
        match lba.checked_add((bytes / SECTOR_SIZE) as u64) {
            Some(end) if end <= sectors => Ok(()),
            _ => Err(AtaError::PastEnd { lba, count, sectors }),
        }
    }

    fn read_some<P: Ports>(
        &self,
        channel: &mut Channel<'_, P>,
        lba: u64,
        sectors: &mut [Sector],
    ) -> Result<(), AtaError> {
        self.start(channel, lba, sectors.len(), Direction::Read)?;
        for (lba, sector) in (lba..).zip(sectors) {
            channel.wait_for_data(Step::Read(lba))?;
            channel.ports.read_data(sector);
        }
        Ok(())
    }

    fn write_some<P: Ports>(
        &self,
        channel: &mut Channel<'_, P>,
        lba: u64,
        sectors: &[Sector],
    ) -> Result<(), AtaError> {
        self.start(channel, lba, sectors.len(), Direction::Write)?;
        let mut step = Step::Write(lba);
        for (lba, sector) in (lba..).zip(sectors) {
            step = Step::Write(lba);
            channel.wait_for_data(step)?;
            channel.ports.write_data(sector);
        }
        channel.wait_for_end(step)
    }

    /// Has the drive write all that it keeps in its cache.
    fn flush<P: Ports>(&self, channel: &mut Channel<'_, P>) -> Result<(), AtaError> {
        channel.select(self.unit, DEVICE_LBA)?;
        channel.command(if self.identity.has_lba48 { Command::FlushCacheExt } else { Command::FlushCache });
        channel.wait_for_end(Step::Flush)
    }

    /// Sends the drive the command to transfer `count` sectors, which are no more than [`MAX_SECTORS`].
    fn start<P: Ports>(
        &self,
        channel: &mut Channel<'_, P>,
        lba: u64,
        count: usize,
        direction: Direction,
    ) -> Result<(), AtaError> {
        let count = u16::try_from(count).unwrap_or(MAX_SECTORS);
        let transfer = Transfer { lba, count, direction };
        channel.select(self.unit, transfer.device())?;
        for (register, value) in transfer.registers() {
            channel.ports.write(register, value);
        }
        channel.command(transfer.command());
        Ok(())
    }
}

/// Waits for the answer to IDENTIFY DEVICE.
fn identified<P: Ports>(channel: &mut Channel<'_, P>) -> Result<(), AtaError> {
    // Where there is no drive, the lines float, or the channel's other drive answers with zero.
    if channel.status().is_empty() {
        return Err(AtaError::NoDrive);
    }
    channel.wait_for_data(Step::Identify)
}

/// Returns the error for the registers of a device that isn't a disk.
///
/// Source: ATA/ATAPI-7 vol. 1, "Device signatures"; Serial ATA has its own of both.
fn error_by_signature<P: Ports>(ports: &mut P) -> Option<AtaError> {
    match u16::from_le_bytes([ports.read(Register::LbaMid), ports.read(Register::LbaHigh)]) {
        0xEB14 | 0x9669 => Some(AtaError::PacketDevice),
        0 | 0xC33C | 0xFFFF => None,
        signature => Some(AtaError::Signature(signature)),
    }
}
