//! The volume that the loader boots from: the active partition of the boot drive.

use core::fmt;
use core::ops::Range;

use farjump_api::{BootDevice, MemoryKind};
use farjump_loader::SectorReader;
use farjump_loader::config::{self, Config, ConfigError, IndexSlots, MAX_SIZE};
use farjump_loader::fat::{FatError, File, PathError, Volume};
use farjump_loader::mbr::{Partition, PartitionTable};
use farjump_loader::memory_map::{MapError, MemoryMap};
#[cfg(feature = "signed")]
use farjump_loader::signature::{self, SignatureError};

use crate::bios::disk::{Disk, ReadError};
use crate::boot_error::{BootError, FileError};
use crate::console;
use crate::memory::{self, to_usize};
use crate::physical_memory::allocate;
#[cfg(feature = "signed")]
use crate::signature::trust;
use crate::verify::Verifier;

/// Reads that are longer say how far they are, in steps of this many bytes.
const PROGRESS_STEP: u64 = 4 << 20;

/// The drive, its active partition, and the file system on it.
pub(crate) struct BootVolume {
    disk: Disk,
    disk_signature: u32,
    partition: Partition,
    volume: Volume,
}

/// A file that is open.
pub(crate) struct OpenFile {
    path: &'static str,
    file: File,
}

impl BootVolume {
    /// Finds the active partition of `drive` and mounts it.
    pub(crate) fn open(drive: u8) -> Result<Self, BootError<'static>> {
        let mut disk = Disk::open(drive).map_err(|cause| BootError::Drive { drive, cause })?;
        let first_sector = disk.read(0, 1).map_err(|cause| BootError::FirstSector { drive, cause })?;
        let table = PartitionTable::parse(first_sector)?;
        let partition = table.boot_partition(disk.sectors())?;
        let volume = Volume::mount(&mut disk, partition.start_lba, partition.sector_count)
            .map_err(|cause| BootError::Volume { partition: partition.index, cause })?;
        Ok(Self { disk, disk_signature: table.disk_signature, partition, volume })
    }

    /// Reads and parses the configuration. Its text stays in memory.
    pub(crate) fn read_config(&mut self, map: &mut MemoryMap) -> Result<Config<'static>, BootError<'static>> {
        let mut file = self.open_file(config::PATH)?;
        let size = file.size();
        if size > MAX_SIZE as u64 {
            return Err(ConfigError::TooLarge(to_usize(size)).into());
        }
        let mut frames = allocate(map, size, MemoryKind::LOADER_RECLAIMABLE)?;
        self.read(&mut file, 0..size, frames.bytes_mut(), &mut Verifier::nothing())?;
        let text = &frames.leak()[..to_usize(size)];
        #[cfg(feature = "signed")]
        self.check_signature(map, text)?;
        let config = Config::parse_indexed(text, index_slots(map)?)?;
        #[cfg(feature = "signed")]
        trust().check_counter(config.counter)?;
        Ok(config)
    }

    /// Whether the configuration is signed, before anything that it says is believed.
    #[cfg(feature = "signed")]
    fn check_signature(&mut self, map: &mut MemoryMap, text: &[u8]) -> Result<(), BootError<'static>> {
        let mut file = self.open_file(signature::PATH)?;
        let size = file.size();
        if size != signature::SIZE as u64 {
            return Err(SignatureError::Size(size).into());
        }
        let mut frames = allocate(map, size, MemoryKind::LOADER_RECLAIMABLE)?;
        self.read(&mut file, 0..size, frames.bytes_mut(), &mut Verifier::nothing())?;
        Ok(trust().check(text, &frames.leak()[..signature::SIZE])?)
    }

    /// Opens a file. If there is none of that name, the console lists what is there.
    pub(crate) fn open_file(&mut self, path: &'static str) -> Result<OpenFile, FileError> {
        match self.volume.open(&mut self.disk, path) {
            Ok(file) => Ok(OpenFile { path, file }),
            Err(cause) => {
                if let FatError::Path(PathError::NotFound { directory_len }) = cause {
                    self.list(&path[..directory_len]);
                }
                Err(FileError { path, cause })
            }
        }
    }

    /// Copies the bytes of `range`, one part of what `verifier` sees, to the start of `destination`, which has
    /// room for them.
    pub(crate) fn read(
        &mut self,
        file: &mut OpenFile,
        range: Range<u64>,
        destination: &mut [u8],
        verifier: &mut Verifier,
    ) -> Result<(), FileError> {
        let mut rest = destination;
        let mut progress = Progress::new(file.path, range.end - range.start);
        let copy = |bytes: &[u8]| {
            let (next, behind) = core::mem::take(&mut rest).split_at_mut(bytes.len());
            verifier.copy(bytes, next);
            rest = behind;
            progress.advance(bytes.len() as u64);
        };
        let path = file.path;
        self.volume
            .read(&mut self.disk, &mut file.file, range, copy)
            .map_err(|cause| FileError { path, cause })?;
        verifier.end_part();
        Ok(())
    }

    /// For the kernel's BootInfo.
    pub(crate) fn describe(&self) -> BootDevice {
        BootDevice {
            drive: self.disk.drive(),
            partition: self.partition.index,
            partition_type: self.partition.partition_type,
            reserved: 0,
            disk_signature: self.disk_signature,
            partition_lba: self.partition.start_lba,
            partition_sectors: self.partition.sector_count,
        }
    }

    /// Prints what a directory holds, to help with a name that isn't there.
    fn list(&mut self, directory: &str) {
        const MOST: usize = 16;
        let directory = if directory == "/" { directory } else { directory.trim_end_matches('/') };
        console::error!("{directory} holds:");
        let mut count = 0;
        let listed = self.volume.for_each_entry(&mut self.disk, directory, |name, size, attributes| {
            count += 1;
            match (count, attributes.is_directory()) {
                (MOST.., _) => {}
                (_, true) => console::error!("    {name}/"),
                (_, false) => console::error!("    {name}, {size} bytes"),
            }
        });
        match listed {
            Ok(()) if count == 0 => console::error!("    nothing"),
            Ok(()) if count >= MOST => console::error!("    and {} more", count + 1 - MOST),
            Ok(()) => {}
            Err(error) => console::error!("    {error}"),
        }
    }
}

/// Memory for the configuration's index. On the stack it would be there several times.
fn index_slots(map: &mut MemoryMap) -> Result<&'static mut IndexSlots, MapError> {
    let frames = allocate(map, size_of::<IndexSlots>() as u64, MemoryKind::LOADER_RECLAIMABLE)?;
    // SAFETY: the frames are these slots' from here on.
    Ok(unsafe { memory::value_mut(frames.start()) })
}

impl fmt::Display for BootVolume {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "drive {:02x}h, partition {}, {}, {} MiB",
            self.disk.drive(),
            self.partition.index + 1,
            self.volume.fat_type(),
            self.partition.sector_count >> 11
        )
    }
}

impl OpenFile {
    /// Bytes of the file.
    pub(crate) fn size(&self) -> u64 {
        self.file.size()
    }

    /// The path that it was opened by.
    pub(crate) fn path(&self) -> &'static str {
        self.path
    }
}

/// Says how far a long read is.
struct Progress {
    path: &'static str,
    total: u64,
    done: u64,
}

impl Progress {
    fn new(path: &'static str, total: u64) -> Self {
        Self { path, total, done: 0 }
    }

    fn advance(&mut self, bytes: u64) {
        let step = self.done / PROGRESS_STEP;
        self.done += bytes;
        if self.total > PROGRESS_STEP && self.done / PROGRESS_STEP != step {
            console::info!("{}: {} of {} MiB", self.path, self.done >> 20, self.total.div_ceil(1 << 20));
        }
    }
}

/// What a file system on the boot drive can say.
pub(crate) type VolumeError = FatError<ReadError>;
