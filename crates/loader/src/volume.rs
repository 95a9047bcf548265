//! The volume that the loader boots from: the boot partition of the boot disk.

use core::fmt;
use core::ops::Range;

use farjump_api::{BootDevice, MemoryKind, PartitionTable};
use farjump_fs::BlockDevice;
use farjump_fs::block::SECTOR_SIZE;
use farjump_fs::fat::{FatError, File, PathError, Volume};
use farjump_fs::gpt::{Guid, HeaderError};
use farjump_fs::partition::{BootPartition, TableEntry};

use crate::boot_error::{BootError, FileError};
use crate::config::{self, Config, ConfigError, IndexSlots, MAX_SIZE};
use crate::console::{self, Failed, Log};
use crate::platform::{Console, Platform, to_usize};
use crate::policy::Policy;
#[cfg(feature = "signed")]
use crate::signature::{self, SignatureError, VerificationKey};
use crate::story::allocate;
use crate::verify::Verifier;

/// Bytes of a sector, for the `BootInfo`.
#[expect(clippy::cast_possible_truncation, reason = "it is 512")]
const BOOT_DEVICE_SECTOR_SIZE: u32 = SECTOR_SIZE as u32;

/// Longer reads report their progress in steps of this many bytes.
const PROGRESS_STEP: u64 = 4 << 20;

/// The disk, its boot partition, and the file system on it.
pub(crate) struct BootVolume<D: BlockDevice> {
    disk: D,
    partition: BootPartition<D::Error>,
    volume: Volume,
}

/// An open file.
pub(crate) struct OpenFile<'m> {
    path: &'m str,
    file: File,
}

impl<D: BlockDevice> BootVolume<D> {
    /// Opens the disk, finds the partition to boot and mounts it.
    pub(crate) fn open<'m, P: Platform<'m, Disk = D>>(
        platform: &mut P,
        log: &mut Log<P::Console>,
    ) -> Result<Self, Failed> {
        let mut disk = platform.disk().map_err(|cause| log.fail::<P>(&BootError::Disk(cause)))?;
        let partition = platform.partition(&mut disk);
        let partition = partition.map_err(|cause| log.fail::<P>(&BootError::Partitions(cause)))?;
        let (entry, start_lba) = (partition.entry, partition.start_lba);
        let end = start_lba.saturating_add(partition.sector_count);
        if let Some(sectors) = disk.sectors().filter(|sectors| end > *sectors) {
            console::info!(
                log,
                "warning: {entry} ends at sector {end}, the drive at {sectors}: one sector is let pass, for some BIOSes report one \
                 less than there are"
            );
        }
        let volume = Volume::mount(&mut disk, start_lba, partition.sector_count)
            .map_err(|cause| log.fail::<P>(&BootError::Volume { entry, cause }))?;
        Ok(Self { disk, partition, volume })
    }

    /// Returns why the backup of the GPT is used, if it is.
    pub(crate) const fn primary_fault(&self) -> Option<HeaderError<D::Error>> {
        match self.partition.gpt {
            Some(gpt) => gpt.primary_fault,
            None => None,
        }
    }

    /// Reads and parses the configuration. Its text stays in memory.
    pub(crate) fn read_config<'m, P: Platform<'m, Disk = D>>(
        &mut self,
        memory: &mut P::Memory,
        log: &mut Log<P::Console>,
        policy: &Policy,
    ) -> Result<Config<'m>, Failed> {
        let mut file = self.open_file::<P>(log, config::PATH)?;
        let size = file.size();
        if size > MAX_SIZE as u64 {
            return Err(log.fail::<P>(&BootError::Config(ConfigError::TooLarge(to_usize(size)))));
        }
        let text = self.read_whole::<P>(memory, log, &mut file)?;
        #[cfg(feature = "signed")]
        if let Some(key) = policy.verification_key() {
            self.check_signature::<P>(memory, log, key, text)?;
        }
        // On the stack, there would be several copies of the slots.
        let size = size_of::<IndexSlots>() as u64;
        let slots = allocate::<P>(memory, log, size, MemoryKind::LOADER_RECLAIMABLE)?.into_bytes();
        let config = match slots.as_chunks_mut().0.first_chunk_mut() {
            Some(slots) => Config::parse_indexed(text, slots),
            None => Config::parse(text),
        };
        let config = config.map_err(|cause| log.fail::<P>(&BootError::Config(cause)))?;
        #[cfg(feature = "signed")]
        if let Some(key) = policy.verification_key() {
            let result = key.check_counter(config.counter);
            result.map_err(|cause| log.fail::<P>(&BootError::Signature(cause)))?;
        }
        #[cfg(not(feature = "signed"))]
        let _ = policy;
        Ok(config)
    }

    /// Verifies the configuration's signature, before anything in it is used.
    #[cfg(feature = "signed")]
    fn check_signature<'m, P: Platform<'m, Disk = D>>(
        &mut self,
        memory: &mut P::Memory,
        log: &mut Log<P::Console>,
        key: &VerificationKey,
        text: &[u8],
    ) -> Result<(), Failed> {
        let mut file = self.open_file::<P>(log, signature::PATH)?;
        let size = file.size();
        if size != signature::SIZE as u64 {
            return Err(log.fail::<P>(&BootError::Signature(SignatureError::Size(size))));
        }
        let result = key.check(text, self.read_whole::<P>(memory, log, &mut file)?);
        result.map_err(|cause| log.fail::<P>(&BootError::Signature(cause)))
    }

    /// Reads all bytes of a small file, which stay in memory.
    fn read_whole<'m, P: Platform<'m, Disk = D>>(
        &mut self,
        memory: &mut P::Memory,
        log: &mut Log<P::Console>,
        file: &mut OpenFile<'m>,
    ) -> Result<&'m [u8], Failed> {
        let size = file.size();
        let bytes = allocate::<P>(memory, log, size, MemoryKind::LOADER_RECLAIMABLE)?.into_bytes();
        self.read::<P>(log, file, 0..size, bytes, &mut Verifier::nothing())?;
        Ok(&bytes[..to_usize(size)])
    }

    /// Opens a file. If it doesn't exist, prints the contents of its directory.
    pub(crate) fn open_file<'m, P: Platform<'m, Disk = D>>(
        &mut self,
        log: &mut Log<P::Console>,
        path: &'m str,
    ) -> Result<OpenFile<'m>, Failed> {
        match self.volume.open(&mut self.disk, path) {
            Ok(file) => Ok(OpenFile { path, file }),
            Err(cause) => {
                if let FatError::Path(PathError::NotFound { directory_len }) = cause {
                    self.list(log, path.get(..directory_len).unwrap_or(path));
                }
                Err(log.fail::<P>(&BootError::File(FileError { path, cause })))
            }
        }
    }

    /// Copies the bytes of `range` to the start of `destination`, which must be large enough. For `verifier`, they are
    /// one part.
    pub(crate) fn read<'m, P: Platform<'m, Disk = D>>(
        &mut self,
        log: &mut Log<P::Console>,
        file: &mut OpenFile<'m>,
        range: Range<u64>,
        destination: &mut [u8],
        verifier: &mut Verifier,
    ) -> Result<(), Failed> {
        let mut rest = destination;
        let mut progress = Progress::new(file.path, range.end - range.start);
        let copy = |bytes: &[u8]| {
            let (next, following) = core::mem::take(&mut rest).split_at_mut(bytes.len());
            verifier.copy(bytes, next);
            rest = following;
            progress.advance(log, bytes.len() as u64);
        };
        let path = file.path;
        self.volume
            .read(&mut self.disk, &mut file.file, range, copy)
            .map_err(|cause| log.fail::<P>(&BootError::File(FileError { path, cause })))?;
        verifier.end_part();
        Ok(())
    }

    /// Describes the volume for the kernel's `BootInfo`.
    pub(crate) fn describe(&self, bios_drive: Option<u8>) -> BootDevice {
        let BootPartition { disk_signature, start_lba, sector_count, entry, gpt } = self.partition;
        let (table, mbr_type) = match entry {
            TableEntry::Mbr { partition_type, .. } => (PartitionTable::MBR, partition_type),
            TableEntry::Gpt { .. } => (PartitionTable::GPT, 0),
        };
        let (Guid(disk_guid), Guid(partition_guid)) =
            gpt.map_or((Guid::UNUSED, Guid::UNUSED), |gpt| (gpt.disk, gpt.partition));
        BootDevice {
            table,
            entry: entry.index(),
            partition_lba: start_lba,
            partition_sectors: sector_count,
            sector_size: BOOT_DEVICE_SECTOR_SIZE,
            disk_signature,
            bios_drive_or_none: bios_drive.map_or(BootDevice::NO_BIOS_DRIVE, u16::from),
            mbr_type,
            reserved: [0; 5],
            disk_guid,
            partition_guid,
        }
    }

    /// Prints the contents of a directory, as a help for a wrong path.
    fn list<C: Console>(&mut self, log: &mut Log<C>, directory: &str) {
        const MAX_LISTED: usize = 16;
        let directory = if directory == "/" { directory } else { directory.trim_end_matches('/') };
        console::error!(log, "{directory} holds:");
        let mut count = 0;
        let listed = self.volume.for_each_entry(&mut self.disk, directory, |name, size, attributes| {
            count += 1;
            match (count, attributes.is_directory()) {
                (MAX_LISTED.., _) => {}
                (_, true) => console::error!(log, "    {name}/"),
                (_, false) => console::error!(log, "    {name}, {size} bytes"),
            }
        });
        match listed {
            Ok(()) if count == 0 => console::error!(log, "    nothing"),
            Ok(()) if count >= MAX_LISTED => console::error!(log, "    and {} more", count + 1 - MAX_LISTED),
            Ok(()) => {}
            Err(error) => console::error!(log, "    {error}"),
        }
    }
}

impl<D: BlockDevice + fmt::Display> fmt::Display for BootVolume<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}, {}, {}, {} MiB",
            self.disk,
            self.partition.entry,
            self.volume.fat_type(),
            self.partition.sector_count >> 11
        )
    }
}

impl<'m> OpenFile<'m> {
    /// Returns the size of the file in bytes.
    pub(crate) fn size(&self) -> u64 {
        self.file.size()
    }

    /// Returns the path that it was opened with.
    pub(crate) const fn path(&self) -> &'m str {
        self.path
    }
}

/// Reports the progress of a long read.
struct Progress<'m> {
    path: &'m str,
    total: u64,
    done: u64,
}

impl<'m> Progress<'m> {
    const fn new(path: &'m str, total: u64) -> Self {
        Self { path, total, done: 0 }
    }

    fn advance<C: Console>(&mut self, log: &mut Log<C>, bytes: u64) {
        let step = self.done / PROGRESS_STEP;
        self.done += bytes;
        if self.total > PROGRESS_STEP && self.done / PROGRESS_STEP != step {
            console::info!(log, "{}: {} of {} MiB", self.path, self.done >> 20, self.total.div_ceil(1 << 20));
        }
    }
}
