//! The volume that the kernel was booted from, listed and read by the kernel's own driver, without the BIOS.
//!
//! ```text
//! AtaDisk ── sector 0 ──▶ farjump_fs::partition ── is it the boot disk? ──▶ farjump_fs::fat ──▶ list, read
//! ```
//!
//! The partition tables and FAT are read by the crate that the loader reads them by. The boot disk is the one whose disk
//! signature, or whose GUIDs, and boot partition are those that the loader reported. It doesn't guess: a disk that the BIOS
//! reached by another controller than the two ATA channels is an error that says what is there.

mod error;
mod signed;

use alloc::vec::Vec;
use core::ops::{Deref, DerefMut, Range};

use farjump_api::{BootDevice, PartitionId};
use farjump_ata::{AtaError, SECTOR_SIZE};
use farjump_fs::BlockDevice;
use farjump_fs::fat::Volume;
use farjump_fs::partition::{BootPartition, PartitionError};

use crate::block::ata::{AtaDisk, Position};
use crate::{block, boot};

use signed::Requirement;

pub use error::{Finding, VolumeError};
pub use farjump_fs::fat::{Attributes, File, PathError};
pub use signed::SignedError;

/// Sectors of the buffer that everything is read through.
const BUFFER_SECTORS: u16 = 128;

/// The boot volume. It holds some 70 KiB of the heap, and little of the stack.
#[derive(Debug)]
pub struct BootVolume {
    reader: Reader,
    volume: OnHeap<Volume>,
}

/// A file that is open to be run, and the hash that it must have.
#[derive(Debug)]
pub struct CodeFile {
    file: File,
    requirement: Requirement,
}

impl CodeFile {
    /// Returns the number of bytes.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.file.size()
    }
}

impl BootVolume {
    /// Finds the boot disk and mounts the partition that was booted.
    ///
    /// # Errors
    /// [`VolumeError`].
    pub fn open() -> Result<Self, VolumeError> {
        let BootDevice { partition_lba, partition_sectors, .. } = *boot_device()?;
        let mut reader = Reader::new(boot_disk()?)?;
        let volume = OnHeap::new(Volume::mount(&mut reader, partition_lba, partition_sectors)?)?;
        Ok(Self { reader, volume })
    }

    /// The disk that it is on.
    #[must_use]
    pub const fn disk(&self) -> &AtaDisk {
        &self.reader.disk
    }

    /// Calls `visit` with name, size in bytes and attributes of each entry of the directory `path`.
    ///
    /// # Errors
    /// [`VolumeError::File`]: there is no such directory, or it can't be read.
    pub fn list(&mut self, path: &str, visit: impl FnMut(&str, u64, Attributes)) -> Result<(), VolumeError> {
        Ok(self.volume.for_each_entry(&mut self.reader, path, visit)?)
    }

    /// Opens the file `path`, which begins with a slash.
    ///
    /// # Errors
    /// [`VolumeError::File`]: there is no such file, it is a directory, or the volume can't be read.
    pub fn open_file(&mut self, path: &str) -> Result<File, VolumeError> {
        Ok(self.volume.open(&mut self.reader, path)?)
    }

    /// Passes the bytes of `range` to `sink`, in order, in chunks of at most 64 KiB.
    ///
    /// # Errors
    /// [`VolumeError::File`]: the file has no such bytes, or they can't be read; `sink` may have got some then.
    pub fn read(
        &mut self,
        file: &mut File,
        range: Range<u64>,
        sink: impl FnMut(&[u8]),
    ) -> Result<(), VolumeError> {
        Ok(self.volume.read(&mut self.reader, file, range, sink)?)
    }

    /// All bytes of the file `path`, to be shown or read as data: a writer of the volume can change them, even
    /// after a signed boot.
    ///
    /// # Errors
    /// [`VolumeError::OutOfMemory`] for a file that the heap has no room for; [`VolumeError::File`].
    pub fn read_file(&mut self, path: &str) -> Result<Vec<u8>, VolumeError> {
        let file = self.open_file(path)?;
        self.read_whole(file)
    }

    /// All bytes of the file `path`, to be run. After a signed boot they have the SHA-256 hash that the signed
    /// configuration has for this path.
    ///
    /// # Errors
    /// [`VolumeError::Signed`] after a signed boot: the file has no hash, or another one. Otherwise as
    /// [`Self::read_file`].
    pub fn read_code(&mut self, path: &str) -> Result<Vec<u8>, VolumeError> {
        let file = self.open_code(path)?;
        self.read_opened_code(file)
    }

    /// Opens the file `path`, to be run: for those who look at its size before they read it.
    ///
    /// # Errors
    /// [`VolumeError::Signed`] after a signed boot: the file has no hash. Otherwise as [`Self::open_file`].
    pub fn open_code(&mut self, path: &str) -> Result<CodeFile, VolumeError> {
        Ok(CodeFile { file: self.open_file(path)?, requirement: Requirement::of(path)? })
    }

    /// Reads all bytes of a file that was opened to be run.
    ///
    /// # Errors
    /// As [`Self::read_code`].
    pub fn read_opened_code(&mut self, code: CodeFile) -> Result<Vec<u8>, VolumeError> {
        let bytes = self.read_whole(code.file)?;
        code.requirement.check(&bytes)?;
        Ok(bytes)
    }

    fn read_whole(&mut self, mut file: File) -> Result<Vec<u8>, VolumeError> {
        let size = file.size();
        let mut bytes = with_capacity(size as usize)?;
        self.read(&mut file, 0..size, |chunk| bytes.extend_from_slice(chunk))?;
        Ok(bytes)
    }
}

/// A value on the heap. Making one returns an error when memory has run out, where `Box::new` panics.
#[derive(Debug)]
struct OnHeap<T>(Vec<T>);

impl<T> OnHeap<T> {
    fn new(value: T) -> Result<Self, VolumeError> {
        let mut place = with_capacity(1)?;
        place.push(value);
        Ok(Self(place))
    }
}

impl<T> Deref for OnHeap<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0[0]
    }
}

impl<T> DerefMut for OnHeap<T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.0[0]
    }
}

/// A disk and the buffer that it is read through.
#[derive(Debug)]
struct Reader {
    disk: AtaDisk,
    buffer: Vec<u8>,
}

impl Reader {
    fn new(disk: AtaDisk) -> Result<Self, VolumeError> {
        let size = usize::from(BUFFER_SECTORS) * SECTOR_SIZE;
        let mut buffer = with_capacity(size)?;
        buffer.resize(size, 0);
        Ok(Self { disk, buffer })
    }
}

impl BlockDevice for Reader {
    type Error = AtaError;

    fn sectors(&self) -> Option<u64> {
        Some(self.disk.identity().sectors)
    }

    fn max_sectors(&self) -> u16 {
        BUFFER_SECTORS
    }

    fn read(&mut self, lba: u64, count: u16) -> Result<&[u8], AtaError> {
        let length = (usize::from(count) * SECTOR_SIZE).min(self.buffer.len());
        let bytes = &mut self.buffer[..length];
        self.disk.read(lba, bytes)?;
        Ok(bytes)
    }
}

/// A disk, read sector by sector without the heap.
struct SectorBuffer<'a> {
    disk: &'a AtaDisk,
    sector: [u8; SECTOR_SIZE],
}

impl BlockDevice for SectorBuffer<'_> {
    type Error = AtaError;

    fn sectors(&self) -> Option<u64> {
        Some(self.disk.identity().sectors)
    }

    fn max_sectors(&self) -> u16 {
        1
    }

    fn read(&mut self, lba: u64, _: u16) -> Result<&[u8], AtaError> {
        self.disk.read(lba, &mut self.sector)?;
        Ok(&self.sector)
    }
}

/// What the loader has booted from.
fn boot_device() -> Result<&'static BootDevice, VolumeError> {
    boot::info().map(|boot_info| &boot_info.boot_device).ok_or(VolumeError::NotStarted)
}

/// The disk that was booted from. Of two disks that are copies of each other, the first is taken.
///
/// # Errors
/// [`VolumeError::NoBootDisk`], with what is at all four positions; [`VolumeError::NotStarted`].
pub fn boot_disk() -> Result<AtaDisk, VolumeError> {
    let boot_device = boot_device()?;
    let mut boot_disk: Option<AtaDisk> = None;
    let findings = Position::ALL.map(|position| match (look_at(position, boot_device), &boot_disk) {
        (Err(finding), _) => finding,
        (Ok(disk), None) => {
            boot_disk = Some(disk);
            Finding::BootDisk
        }
        (Ok(_), Some(first)) => {
            let first = first.position();
            log::warn!("{position} and {first} both look like the boot disk: taking {first}");
            Finding::BootDisk
        }
    });
    let (signature, drive) = (boot_device.disk_signature, boot_device.bios_drive());
    boot_disk.ok_or(VolumeError::NoBootDisk { drive, signature, findings })
}

/// The disk at `position`, if it is the boot disk.
fn look_at(position: Position, boot_device: &BootDevice) -> Result<AtaDisk, Finding> {
    let line = boot::info().map_or("", |boot_info| boot_info.command_line.get());
    let disk = AtaDisk::find(position, block::access(line)).map_err(Finding::Unreadable)?;
    let partition = BootPartition::find(&mut SectorBuffer { disk: &disk, sector: [0; SECTOR_SIZE] })
        .map_err(|error| match error {
            PartitionError::FirstSector(cause) => Finding::Unreadable(cause),
            PartitionError::Mbr(_) | PartitionError::Gpt(_) => Finding::AnotherDisk,
        })?;
    let is_id_right = match boot_device.partition() {
        Some(PartitionId::Gpt { disk, partition: guid, .. }) => {
            partition.gpt.is_some_and(|gpt| (gpt.disk.0, gpt.partition.0) == (disk, guid))
        }
        Some(PartitionId::Mbr { disk_signature, .. }) => partition.disk_signature == disk_signature,
        None => false,
    };
    let is_boot_disk = is_id_right
        && partition.start_lba == boot_device.partition_lba
        && partition.sector_count == boot_device.partition_sectors;
    is_boot_disk.then_some(disk).ok_or(Finding::AnotherDisk)
}

fn with_capacity<T>(count: usize) -> Result<Vec<T>, VolumeError> {
    let mut items = Vec::new();
    let size = count.saturating_mul(size_of::<T>());
    items.try_reserve_exact(count).map_err(|_| VolumeError::OutOfMemory(size))?;
    Ok(items)
}
