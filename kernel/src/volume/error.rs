//! Why the boot volume can't be read.

use core::fmt;

use farjump_ata::AtaError;
use farjump_fs::fat::FatError;

use super::SignedError;
use crate::block::ata::Position;

/// What is at a position, where the boot disk isn't.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Finding {
    /// The boot disk.
    BootDisk,
    /// A disk with another signature or another active partition.
    AnotherDisk,
    /// No disk, or one that can't be read.
    Unreadable(AtaError),
}

/// Why the boot volume, or a file on it, can't be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VolumeError {
    /// The toolkit wasn't started: nobody knows what was booted.
    NotStarted,
    /// None of the ATA disks is the one that was booted.
    NoBootDisk {
        /// The BIOS's number for the drive; `None` if the firmware is no BIOS.
        drive: Option<u8>,
        /// The disk signature that was looked for.
        signature: u32,
        /// What is at each of [`Position::ALL`].
        findings: [Finding; 4],
    },
    /// The heap has no room for so many bytes.
    OutOfMemory(usize),
    /// The volume, a directory or a file can't be read.
    File(FatError<AtaError>),
    /// After a signed boot the file can't be run.
    Signed(SignedError),
}

impl From<FatError<AtaError>> for VolumeError {
    fn from(error: FatError<AtaError>) -> Self {
        Self::File(error)
    }
}

impl From<SignedError> for VolumeError {
    fn from(error: SignedError) -> Self {
        Self::Signed(error)
    }
}

impl fmt::Display for VolumeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotStarted => f.write_str("kernel::init wasn't called"),
            Self::NoBootDisk { drive, signature, findings } => {
                f.write_str("no ATA disk has the boot volume (")?;
                if let Some(drive) = drive {
                    write!(f, "drive {drive:02x}h, ")?;
                }
                write!(f, "disk signature {signature:08x}): ")?;
                for (position, finding) in Position::ALL.iter().zip(findings) {
                    let separator = if *position == Position::PrimaryMaster { "" } else { "; " };
                    write!(f, "{separator}{position}: {finding}")?;
                }
                Ok(())
            }
            Self::OutOfMemory(size) => write!(f, "no memory for {size} bytes"),
            Self::File(error) => error.fmt(f),
            Self::Signed(error) => error.fmt(f),
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BootDisk => f.write_str("the boot disk"),
            Self::AnotherDisk => f.write_str("another disk"),
            Self::Unreadable(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for VolumeError {}
