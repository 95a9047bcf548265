//! ATA disks by programmed I/O: which registers are written and awaited for what, and what the answers mean.
//!
//! ```text
//! Drive::find ── select ── IDENTIFY DEVICE ──▶ Identity        nothing, floating bus, packet device: an error
//! Drive::read ── select ── address ── READ SECTORS (EXT) ──▶ one block of 512 bytes after the other
//! ```
//!
//! | module | has |
//! |---|---|
//! | [`register`] | the registers of a channel, their bits, the commands |
//! | [`identify`] | a drive's IDENTIFY data |
//! | [`address`] | sectors as the registers take them, by 28 bits or by 48 |
//! | `channel` | the handshake: select, wait, transfer, reset |
//! | [`drive`] | a drive: found, read, written |
//! | [`error`] | the errors, as text |
//!
//! The caller provides the ports as [`Ports`]. Assumes exclusive use of the channel. Every wait ends after a
//! number of polls, with an error that names what was waited for. Rejects packet devices, drives without LBA, sectors
//! of other than 512 bytes, and writes to a drive that wasn't opened for them. No allocation, no `unsafe`: all of it
//! is tested on the host against a simulated drive.
//!
//! Source: ATA/ATAPI-7 vol. 1 and 2 (ANSI INCITS 397), which clauses name where they count.

#![cfg_attr(not(test), no_std)]
#![forbid(unsafe_code)]

pub mod address;
mod channel;
pub mod drive;
pub mod error;
pub mod identify;
pub mod register;

pub use drive::{Access, Drive, reset};
pub use error::{AtaError, Step};
pub use identify::Identity;
pub use register::{ErrorRegister, Register, Status};

pub use farjump_fs::SECTOR_SIZE;

/// A sector's bytes.
pub type Sector = [u8; SECTOR_SIZE];

/// The ports of a channel, which its two drives share.
pub trait Ports {
    /// Reads a register.
    fn read(&mut self, register: Register) -> u8;

    /// Writes a register.
    fn write(&mut self, register: Register, value: u8);

    /// Reads a sector from the data register, word after word, low byte first.
    fn read_data(&mut self, sector: &mut Sector);

    /// Writes a sector to the data register in the same way.
    fn write_data(&mut self, sector: &Sector);
}

/// Which of a channel's two drives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Device 0.
    Master,
    /// Device 1.
    Slave,
}

#[cfg(test)]
mod tests;

/// The README's examples, as tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
