//! The handshake with a channel's drives: select, wait, transfer, reset.
//!
//! ```text
//!           command                        block taken
//! (ready) ───────────▶ (busy) ──▶ (data) ─────────────▶ (busy) ──▶ ... ──▶ (ready)
//!                         │                                │
//!                         └──────────▶ (error) ◀───────────┘
//! ```
//!
//! Source: ATA/ATAPI-7 vol. 2, "Host PIO data-in protocol", "Host PIO data-out protocol", "Software reset protocol".

use crate::register::{CONTROL_NO_INTERRUPT, CONTROL_RESET, Command, DEVICE_LBA, DEVICE_SLAVE};
use crate::{AtaError, ErrorRegister, Ports, Register, Status, Step, Unit};

/// Polls of a drive that works: a port takes some microsecond, so this is some ten seconds, the time in which a
/// drive that has been asleep spins up. An emulator's ports are faster, and its drives too.
const POLLS: u32 = 10_000_000;

/// Polls of a drive that should be ready at once.
const SHORT_POLLS: u32 = 100_000;

/// Reads of the alternate status that take 400 ns together, where the fastest bus takes 30 ns for one.
const READS_IN_400_NS: u32 = 14;

/// Such waits in the 5 µs that a reset must last, and in the 2 ms after it.
const WAITS_IN_RESET: u32 = 13;
const WAITS_AFTER_RESET: u32 = 5000;

/// A channel: the ports, and how they are used.
#[derive(Debug)]
pub(crate) struct Channel<'a, P> {
    pub(crate) ports: &'a mut P,
}

impl<P: Ports> Channel<'_, P> {
    /// Returns the status, without an effect on it.
    pub(crate) fn status(&mut self) -> Status {
        Status::from_bits_retain(self.ports.read(Register::AlternateStatusControl))
    }

    /// Waits the 400 ns in which a drive's status doesn't count yet.
    pub(crate) fn settle(&mut self) {
        for _ in 0..READS_IN_400_NS {
            self.ports.read(Register::AlternateStatusControl);
        }
    }

    /// Points at `unit`, with `device` in the lower bits, and keeps the channel from interrupting.
    pub(crate) fn point_at(&mut self, unit: Unit, device: u8) {
        let slave = if unit == Unit::Slave { DEVICE_SLAVE } else { 0 };
        self.ports.write(Register::AlternateStatusControl, CONTROL_NO_INTERRUPT);
        self.ports.write(Register::Device, device | slave);
        self.settle();
    }

    /// Selects a drive that is to take a command. One that still has data of a command that went wrong is reset.
    pub(crate) fn select(&mut self, unit: Unit, device: u8) -> Result<(), AtaError> {
        self.point_at(unit, device);
        let status = self.wait_while_busy(Step::Select, SHORT_POLLS);
        if status.is_err() || status.is_ok_and(|status| status.contains(Status::DATA_REQUEST)) {
            self.reset()?;
            self.point_at(unit, device);
        }
        let status = self.wait_while_busy(Step::Select, SHORT_POLLS)?;
        if status.contains(Status::DATA_REQUEST) {
            return Err(AtaError::Handshake { step: Step::Select, status });
        }
        Ok(())
    }

    /// Sends the drive its command.
    pub(crate) fn command(&mut self, command: Command) {
        self.ports.write(Register::StatusCommand, command as u8);
        self.settle();
    }

    /// Waits until the drive is ready to transfer a block.
    pub(crate) fn wait_for_data(&mut self, step: Step) -> Result<(), AtaError> {
        // The first status after a block may still be the one before it.
        self.status();
        let status = self.wait_while_busy(step, POLLS)?;
        self.check(step, status)?;
        if status.contains(Status::DATA_REQUEST) { Ok(()) } else { Err(AtaError::Handshake { step, status }) }
    }

    /// Waits until the drive has ended its command.
    pub(crate) fn wait_for_end(&mut self, step: Step) -> Result<(), AtaError> {
        self.settle();
        let status = self.wait_while_busy(step, POLLS)?;
        self.check(step, status)?;
        if status.contains(Status::DATA_REQUEST) { Err(AtaError::Handshake { step, status }) } else { Ok(()) }
    }

    /// Resets both drives of the channel. They keep their data, and lose what they were doing.
    pub(crate) fn reset(&mut self) -> Result<(), AtaError> {
        self.ports.write(Register::AlternateStatusControl, CONTROL_NO_INTERRUPT | CONTROL_RESET);
        (0..WAITS_IN_RESET).for_each(|_| self.settle());
        self.ports.write(Register::AlternateStatusControl, CONTROL_NO_INTERRUPT);
        (0..WAITS_AFTER_RESET).for_each(|_| self.settle());
        self.ports.write(Register::Device, DEVICE_LBA);
        self.settle();
        self.wait_while_busy(Step::Reset, POLLS).map(|_| ())
    }

    fn wait_while_busy(&mut self, step: Step, polls: u32) -> Result<Status, AtaError> {
        for _ in 0..polls {
            let status = self.status();
            if !status.contains(Status::BUSY) {
                return Ok(status);
            }
        }
        Err(AtaError::TimedOut { step, status: self.status() })
    }

    /// Returns the error of a command that the drive has failed at.
    fn check(&mut self, step: Step, status: Status) -> Result<(), AtaError> {
        let failed = status.intersects(Status::ERROR | Status::DEVICE_FAULT);
        if !failed {
            return Ok(());
        }
        let error = ErrorRegister::from_bits_retain(self.ports.read(Register::Error));
        if status.contains(Status::DEVICE_FAULT) {
            return Err(AtaError::DeviceFault { step, error });
        }
        Err(AtaError::Failed { step, error })
    }
}
