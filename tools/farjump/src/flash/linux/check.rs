//! Whether a disk may be overwritten: decided on what the system says, before anything is opened.

use std::fmt;

use boot_layout::disk::SECTOR_SIZE;

use super::machine::{Disk, Machine, Target, capacity};

/// Whole GB of the largest disk that is overwritten without `--yes-really`: sticks that are sold as 256 GB, which have
/// some hundred MB more, pass, and most disks of computers don't.
const LARGE_GB: u64 = 256;

/// Directories that make the disk below them the system's own.
const SYSTEM_DIRECTORIES: [&str; 7] = ["/", "/boot", "/boot/efi", "/efi", "/usr", "/var", "/home"];

/// What the user has allowed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Permissions {
    /// `--yes-really`
    pub(super) large: bool,
    /// `--file`
    pub(super) file: bool,
}

/// Why something isn't overwritten.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Rejection {
    File,
    Other,
    Partition { name: String, disk: String },
    Unknown(String),
    System { disk: String, directory: String },
    Mounted { device: String, directory: String },
    Swap(String),
    Held { device: String, holder: String },
    ReadOnly(String),
    NoMedium(String),
    SectorSize { name: String, bytes: u64 },
    TooSmall { name: String, size: u64, needed: u64 },
    Large(String, u64),
}

/// The disk that `target` is; `None` for a file. `needed` is the image's size in bytes.
///
/// # Errors
/// What speaks against it, the most dangerous first.
pub(super) fn check<'a>(
    machine: &'a Machine,
    target: &Target,
    needed: u64,
    allowed: Permissions,
) -> Result<Option<&'a Disk>, Rejection> {
    let name = match target {
        Target::File if allowed.file => return Ok(None),
        Target::File => return Err(Rejection::File),
        Target::Other => return Err(Rejection::Other),
        Target::Partition { name, disk } => {
            return Err(Rejection::Partition { name: name.clone(), disk: disk.clone() });
        }
        Target::Disk(name) => name,
    };
    let disk = machine.disk(name).ok_or_else(|| Rejection::Unknown(name.clone()))?;
    check_use(machine, disk)?;
    check_medium(disk, needed, allowed)?;
    Ok(Some(disk))
}

/// Refuses a disk that anything is done with.
fn check_use(machine: &Machine, disk: &Disk) -> Result<(), Rejection> {
    let devices = machine.devices_of(disk);
    let mounts = || machine.mounts.iter().filter(|mount| devices.contains(&mount.device.as_str()));
    if let Some(mount) = mounts().find(|mount| SYSTEM_DIRECTORIES.contains(&mount.directory.as_str())) {
        return Err(Rejection::System { disk: disk.device.name.clone(), directory: mount.directory.clone() });
    }
    if let Some(mount) = mounts().next() {
        return Err(Rejection::Mounted { device: mount.device.clone(), directory: mount.directory.clone() });
    }
    if let Some(swap) = machine.swaps.iter().find(|swap| devices.contains(&swap.as_str())) {
        return Err(Rejection::Swap(swap.clone()));
    }
    for device in disk.devices() {
        if let Some(holder) = device.holders.first() {
            return Err(Rejection::Held { device: device.name.clone(), holder: holder.clone() });
        }
    }
    Ok(())
}

/// Refuses a disk that can't take the image or couldn't be booted from, or is larger than a stick.
fn check_medium(disk: &Disk, needed: u64, allowed: Permissions) -> Result<(), Rejection> {
    let name = || disk.device.name.clone();
    match disk.size_bytes {
        0 => Err(Rejection::NoMedium(name())),
        _ if disk.is_read_only => Err(Rejection::ReadOnly(name())),
        _ if let Some(bytes) = other_sector_size(disk) => Err(Rejection::SectorSize { name: name(), bytes }),
        size if size < needed => Err(Rejection::TooSmall { name: name(), size, needed }),
        size if size / 1_000_000_000 > LARGE_GB && !allowed.large => Err(Rejection::Large(name(), size)),
        _ => Ok(()),
    }
}

/// The size of the disk's sectors, if it isn't the one that image and boot sector are made for.
fn other_sector_size(disk: &Disk) -> Option<u64> {
    disk.sector_bytes.filter(|bytes| *bytes != SECTOR_SIZE as u64)
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File => f.write_str("it is a regular file, no disk; --file overwrites it all the same"),
            Self::Other => f.write_str("it is neither a disk nor a file; name a disk, such as /dev/sdX"),
            Self::Partition { name, disk } => {
                write!(f, "{name} is a partition; the image is a whole disk: name /dev/{disk}")
            }
            Self::Unknown(name) => write!(f, "the system lists no disk {name}; plug it in again"),
            Self::System { disk, directory } => {
                write!(f, "{disk} is the disk of this system, {directory} is on it; choose another")
            }
            Self::Mounted { device, directory } => {
                write!(f, "{device} is mounted at {directory}; if it is the right disk: umount {directory}")
            }
            Self::Swap(device) => {
                write!(f, "{device} is swapped to; if it is the right disk: swapoff /dev/{device}")
            }
            Self::Held { device, holder } => write!(
                f,
                "{device} is a part of {holder} (LVM, encryption or RAID); if it is the right disk, stop that first: \
                 lsblk shows what it is"
            ),
            Self::ReadOnly(name) => write!(f, "{name} can't be written; has it a switch?"),
            Self::NoMedium(name) => write!(f, "{name} has no medium; put one in"),
            Self::SectorSize { name, bytes } => write!(
                f,
                "{name} has sectors of {bytes} bytes, the image is made for {SECTOR_SIZE} and wouldn't boot from it; \
                 take another disk"
            ),
            Self::TooSmall { name, size, needed } => write!(
                f,
                "{name} has {}, the image {}; take a larger one, or make a smaller image by --size",
                capacity(*size),
                capacity(*needed)
            ),
            Self::Large(name, size) => write!(
                f,
                "{name} has {}, which is a lot for a stick; if it is the right disk: --yes-really",
                capacity(*size)
            ),
        }
    }
}

impl std::error::Error for Rejection {}

#[cfg(test)]
mod tests;
