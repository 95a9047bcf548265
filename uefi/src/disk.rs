//! The partition that the loader was started from, read by the firmware's BlockIO.
//!
//! Sectors are counted from the start of the disk, as in the partition tables: the firmware counts from the start of the
//! partition, which its device path gives.
//!
//! Source: UEFI 2.10, "EFI_BLOCK_IO_PROTOCOL", "Hard Drive Media Device Path".

use core::fmt;

use farjump_fs::gpt::Guid;
use farjump_fs::partition::{BootPartition, GptFacts, TableEntry};
use farjump_fs::{BlockDevice, SECTOR_SIZE};
use uefi::Status;
use uefi::boot::{OpenProtocolAttributes, OpenProtocolParams, ScopedProtocol};
use uefi::proto::device_path::media::{HardDrive, PartitionSignature};
use uefi::proto::device_path::{DevicePath, DevicePathNode};
use uefi::proto::loaded_image::LoadedImage;
use uefi::proto::media::block::BlockIO;

/// Sectors of one read.
const BUFFER_SECTORS: u16 = 256;

/// A buffer whose address any controller accepts.
#[repr(C, align(4096))]
struct Buffer([u8; BUFFER_SECTORS as usize * SECTOR_SIZE]);

static BUFFER: spin::Mutex<Buffer> = spin::Mutex::new(Buffer([0; BUFFER_SECTORS as usize * SECTOR_SIZE]));

/// A partition as a part of its disk.
pub(crate) struct Disk {
    block_io: ScopedProtocol<BlockIO>,
    buffer: &'static mut Buffer,
    partition: Option<BootPartition<ReadError>>,
}

/// Why there is no disk.
#[derive(Debug, Clone, Copy)]
pub(crate) enum DiskError {
    /// The firmware doesn't say from which device the loader was started, or has no driver for it.
    NoDevice(Status),
    /// Its sectors have so many bytes.
    SectorSize(u32),
}

/// A read that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ReadError {
    lba: u64,
    status: Status,
}

impl fmt::Display for DiskError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoDevice(status) => {
                write!(f, "the firmware has no device for the loader's partition: {status}")
            }
            Self::SectorSize(size) => {
                write!(f, "the drive has sectors of {size} bytes; farjump needs one with 512")
            }
        }
    }
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "sector {}: the firmware's ReadBlocks failed: {}", self.lba, self.status)
    }
}

impl Disk {
    /// Opens the device of the loaded image.
    pub(crate) fn open() -> Result<Self, DiskError> {
        let no_device = |error: uefi::Error| DiskError::NoDevice(error.status());
        let image = uefi::boot::image_handle();
        let device = get::<LoadedImage>(image).map_err(no_device)?.device();
        let device = device.ok_or(DiskError::NoDevice(Status::NOT_FOUND))?;
        let block_io = get::<BlockIO>(device).map_err(no_device)?;
        let size = block_io.media().block_size();
        if usize::try_from(size) != Ok(SECTOR_SIZE) {
            return Err(DiskError::SectorSize(size));
        }
        let partition = get::<DevicePath>(device).ok().and_then(|path| partition(&path));
        Ok(Self { block_io, buffer: spin::MutexGuard::leak(BUFFER.lock()), partition })
    }

    /// Returns the partition that the device is, if it is one.
    pub(crate) const fn partition(&self) -> Option<BootPartition<ReadError>> {
        self.partition
    }
}

/// Opens a protocol without taking it from the firmware's drivers.
fn get<P: uefi::proto::ProtocolPointer + ?Sized>(handle: uefi::Handle) -> uefi::Result<ScopedProtocol<P>> {
    let params = OpenProtocolParams { handle, agent: uefi::boot::image_handle(), controller: None };
    // SAFETY: the loader's own device and image stay while it runs, and only reads use the protocol.
    unsafe { uefi::boot::open_protocol::<P>(params, OpenProtocolAttributes::GetProtocol) }
}

/// Returns the partition that a device path ends with.
fn partition(path: &DevicePath) -> Option<BootPartition<ReadError>> {
    let node =
        path.node_iter().filter_map(|node: &DevicePathNode| <&HardDrive>::try_from(node).ok()).last()?;
    let index = node.partition_number().saturating_sub(1);
    let (disk_signature, entry, gpt) = match node.partition_signature() {
        PartitionSignature::Mbr(signature) => {
            let index = u8::try_from(index).unwrap_or(u8::MAX);
            (u32::from_le_bytes(signature), TableEntry::Mbr { index, partition_type: 0 }, None)
        }
        PartitionSignature::Guid(guid) => {
            let partition = Guid(guid.to_bytes());
            let facts = GptFacts { disk: Guid::UNUSED, partition, primary_fault: None };
            (0, TableEntry::Gpt { index }, Some(facts))
        }
        _ => return None,
    };
    Some(BootPartition {
        disk_signature,
        start_lba: node.partition_start(),
        sector_count: node.partition_size(),
        entry,
        gpt,
    })
}

impl BlockDevice for Disk {
    type Error = ReadError;

    fn sectors(&self) -> Option<u64> {
        let start = self.partition.map_or(0, |partition| partition.start_lba);
        self.block_io.media().last_block().checked_add(start + 1)
    }

    fn max_sectors(&self) -> u16 {
        BUFFER_SECTORS
    }

    fn read(&mut self, lba: u64, count: u16) -> Result<&[u8], ReadError> {
        let start = self.partition.map_or(0, |partition| partition.start_lba);
        let failed = |status| ReadError { lba, status };
        let first = lba.checked_sub(start).ok_or(failed(Status::INVALID_PARAMETER))?;
        let bytes = &mut self.buffer.0[..usize::from(count) * SECTOR_SIZE];
        let media = self.block_io.media().media_id();
        self.block_io.read_blocks(media, first, bytes).map_err(|error| failed(error.status()))?;
        Ok(bytes)
    }
}

impl fmt::Display for Disk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("UEFI's boot device")
    }
}
