//! Makes test volumes with the `fatfs` crate, after a gap on a drive in memory.

use std::io::{Cursor, Write};

use super::super::Volume;
use super::{FatError, MemoryDisk, NoSuchSector};

/// First sector of the volume on its drive.
pub(super) const PARTITION_LBA: u64 = 63;

/// A `fatfs` file system in memory.
pub(super) type FileSystem<'a> = fatfs::FileSystem<&'a mut Cursor<Vec<u8>>>;

/// A volume under construction.
pub(super) struct TestVolume(Cursor<Vec<u8>>);

impl TestVolume {
    pub(super) fn new(fat_type: fatfs::FatType, megabytes: usize, bytes_per_cluster: u32) -> Self {
        let mut bytes = Cursor::new(vec![0; megabytes << 20]);
        let options =
            fatfs::FormatVolumeOptions::new().fat_type(fat_type).bytes_per_cluster(bytes_per_cluster);
        fatfs::format_volume(&mut bytes, options).unwrap();
        Self(bytes)
    }

    /// Calls `change` with the volume's file system.
    pub(super) fn edit(&mut self, change: impl FnOnce(&FileSystem<'_>)) {
        self.0.set_position(0);
        let file_system = fatfs::FileSystem::new(&mut self.0, fatfs::FsOptions::new()).unwrap();
        change(&file_system);
        file_system.unmount().unwrap();
    }

    /// Adds a file, and the directories that contain it.
    pub(super) fn with_file(mut self, path: &str, contents: &[u8]) -> Self {
        self.edit(|file_system| {
            let slashes = path.match_indices('/');
            slashes.for_each(|(end, _)| drop(file_system.root_dir().create_dir(&path[..end]).unwrap()));
            file_system.root_dir().create_file(path).unwrap().write_all(contents).unwrap();
        });
        self
    }

    /// Returns the drive with the finished volume.
    pub(super) fn disk(self) -> MemoryDisk {
        let mut bytes = vec![0xCC; usize::try_from(PARTITION_LBA).unwrap() * 512];
        bytes.extend(self.0.into_inner());
        MemoryDisk::new(bytes)
    }
}

/// Mounts the volume on a drive.
pub(super) fn mount(disk: &mut MemoryDisk) -> Result<Volume, FatError<NoSuchSector>> {
    let sectors = disk.bytes.len() as u64 / 512 - PARTITION_LBA;
    Volume::mount(disk, PARTITION_LBA, sectors)
}

/// Returns a boot sector for `clusters` clusters of one sector each.
pub(super) fn boot_sector(clusters: u32) -> [u8; 512] {
    let mut sector = [0; 512];
    let mut put = |offset: usize, bytes: &[u8]| sector[offset..offset + bytes.len()].copy_from_slice(bytes);
    put(11, &512u16.to_le_bytes());
    put(13, &[1]);
    put(16, &[2]);
    put(510, &[0x55, 0xAA]);
    if clusters < 65_525 {
        put(14, &1u16.to_le_bytes());
        put(17, &512u16.to_le_bytes());
        put(22, &256u16.to_le_bytes());
        put(32, &(1 + 2 * 256 + 32 + clusters).to_le_bytes());
    } else {
        put(14, &32u16.to_le_bytes());
        put(36, &600u32.to_le_bytes());
        put(44, &2u32.to_le_bytes());
        put(32, &(32 + 2 * 600 + clusters).to_le_bytes());
    }
    sector
}
