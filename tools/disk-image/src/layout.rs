//! Where the disk has its parts, and whether the contents fit.

use std::collections::BTreeMap;
use std::fs::File;

use boot_layout::disk::{PARTITION_LBA, SECTOR_SIZE, STAGE2_LBA};

use crate::content::PlannedFile;
use crate::destination::{directories, directory_entries};
use crate::error::Error;
use crate::geometry::Geometry;
use crate::mbr::Partition;
use crate::size::FLOPPY_SIZE;
use crate::volume::{FatKind, ROOT_ENTRIES, VolumeLayout};
use crate::window::Window;

const SECTOR: u64 = SECTOR_SIZE as u64;
const MIB: u64 = 1 << 20;

/// An image without a size of its own is at least this large.
const MIN_DEFAULT_SIZE: u64 = 16 * MIB;

/// Bytes of a directory entry.
const ENTRY_BYTES: u64 = 32;

/// The disk's parts.
#[derive(Debug, Clone, Copy)]
pub(crate) struct DiskLayout {
    /// Bytes of the disk.
    pub(crate) size: u64,
    pub(crate) is_floppy: bool,
    pub(crate) geometry: Geometry,
    pub(crate) partition: Partition,
    pub(crate) volume: VolumeLayout,
}

impl DiskLayout {
    /// Returns the layout of a disk of `size` (the default: see [`ImagePlan`](crate::ImagePlan)) for stage 2 and
    /// `files`.
    pub(crate) fn choose(
        stage2_len: usize,
        files: &[PlannedFile],
        size: Option<u64>,
        kind: Option<FatKind>,
    ) -> Result<Self, Error> {
        let frame = Frame::choose(stage2_len, size)?;
        let Some(size) = size else {
            let needed = frame.needed(files, kind)?;
            let with_headroom = (needed + needed / 4).next_multiple_of(MIB).max(MIN_DEFAULT_SIZE);
            let layout = frame.layout(with_headroom, kind)?.ok_or(Error::TooLarge(with_headroom))?;
            return layout.with_root_directory_for(files);
        };
        let layout = frame.layout(size, kind)?;
        if let Some(layout) = layout.filter(|layout| layout.has_room_for(files)) {
            return layout.with_root_directory_for(files);
        }
        match frame.needed(files, kind)? {
            needed if needed > size => Err(Error::TooSmall { needed, actual: size }),
            _ => Err(kind.map_or(Error::TooLarge(size), Error::Kind)),
        }
    }

    /// Returns the volume's part of the image file.
    pub(crate) fn volume_window<'f>(&self, image: &'f File) -> Window<&'f File> {
        Window::new(
            image,
            u64::from(self.partition.start) * SECTOR,
            u64::from(self.partition.sectors) * SECTOR,
        )
    }

    /// This layout, if the root directory, which can't grow on FAT12 and FAT16, holds the names in it.
    fn with_root_directory_for(self, files: &[PlannedFile]) -> Result<Self, Error> {
        let (entries, room) = (entries_by_directory(files)[""], u64::from(ROOT_ENTRIES));
        if self.volume.kind != FatKind::Fat32 && entries > room {
            return Err(Error::RootDirectoryFull { entries, room });
        }
        Ok(self)
    }

    fn has_room_for(&self, files: &[PlannedFile]) -> bool {
        clusters_needed(files, &self.volume) <= u64::from(self.volume.clusters)
    }
}

/// What is settled before the size: floppy or not, and where the volume begins.
#[derive(Debug, Clone, Copy)]
struct Frame {
    is_floppy: bool,
    volume_start: u32,
}

impl Frame {
    fn choose(stage2_len: usize, size: Option<u64>) -> Result<Self, Error> {
        let sectors = (stage2_len / SECTOR_SIZE) as u64;
        if sectors == 0 || !stage2_len.is_multiple_of(SECTOR_SIZE) {
            return Err(Error::Stage2(stage2_len));
        }
        let is_floppy = size == Some(FLOPPY_SIZE);
        let end = if is_floppy { FLOPPY_SIZE / SECTOR } else { u64::from(PARTITION_LBA) };
        let after_stage2 = u64::from(STAGE2_LBA) + sectors;
        if after_stage2 > end {
            return Err(Error::Stage2TooLarge { sectors, room: end - u64::from(STAGE2_LBA) });
        }
        let floppy_start = u32::try_from(after_stage2).unwrap_or(u32::MAX);
        Ok(Self { is_floppy, volume_start: if is_floppy { floppy_start } else { PARTITION_LBA } })
    }

    /// Returns the layout of a disk of `size`, if there is one.
    fn layout(self, size: u64, kind: Option<FatKind>) -> Result<Option<DiskLayout>, Error> {
        if !size.is_multiple_of(SECTOR) {
            return Err(Error::PartialSector(size));
        }
        let disk_sectors = u32::try_from(size / SECTOR).map_err(|_| Error::TooLarge(size))?;
        let sectors = disk_sectors.saturating_sub(self.volume_start);
        let volume = if self.is_floppy {
            VolumeLayout::for_floppy(sectors)
        } else {
            VolumeLayout::for_disk(sectors, kind)
        };
        Ok(volume.map(|volume| DiskLayout {
            size,
            is_floppy: self.is_floppy,
            geometry: if self.is_floppy { Geometry::FLOPPY } else { Geometry::LBA_ASSISTED },
            partition: Partition { kind: volume.kind.partition_type(), start: self.volume_start, sectors },
            volume,
        }))
    }

    /// Returns the smallest whole number of MiB that holds `files` on a hard disk.
    fn needed(self, files: &[PlannedFile], kind: Option<FatKind>) -> Result<u64, Error> {
        let frame = Self { is_floppy: false, volume_start: PARTITION_LBA };
        let contents: u64 = files.iter().map(|file| file.size).sum();
        let start = MIB + contents.next_multiple_of(MIB).max(MIB);
        // A volume's tables and the last, half empty clusters take far less than 4 GiB.
        for size in (start..start + (4 << 30)).step_by(1 << 20) {
            if frame.layout(size, kind)?.is_some_and(|layout| layout.has_room_for(files)) {
                return Ok(size);
            }
        }
        Err(kind.map_or(Error::TooLarge(start), Error::Kind))
    }
}

/// Clusters that `files` and their directories take.
fn clusters_needed(files: &[PlannedFile], volume: &VolumeLayout) -> u64 {
    let cluster_bytes = u64::from(volume.cluster_bytes());
    let of_files: u64 = files.iter().map(|file| file.size.div_ceil(cluster_bytes)).sum();
    let of_directories: u64 = entries_by_directory(files)
        .into_iter()
        .filter(|(directory, _)| !directory.is_empty() || volume.kind == FatKind::Fat32)
        .map(|(_, entries)| (entries * ENTRY_BYTES).div_ceil(cluster_bytes))
        .sum();
    of_files + of_directories
}

/// Entries in each directory, the root (an empty name, its label counted) included.
fn entries_by_directory(files: &[PlannedFile]) -> BTreeMap<&str, u64> {
    let paths = || files.iter().map(|file| file.path.as_str());
    let directories = directories(paths());
    let mut entries: BTreeMap<&str, u64> = directories.iter().map(|directory| (*directory, 2)).collect();
    entries.insert("", 1);
    for path in paths().chain(directories.iter().copied()) {
        let (directory, name) = path.rsplit_once('/').unwrap_or(("", path));
        *entries.entry(directory).or_default() += directory_entries(name);
    }
    entries
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(sizes: &[u64]) -> Vec<PlannedFile> {
        let path = |index| format!("/subdir/file {index}");
        let file = |(index, size): (usize, &u64)| PlannedFile {
            size: *size,
            ..PlannedFile::from_bytes(&path(index), Vec::new()).unwrap()
        };
        sizes.iter().enumerate().map(file).collect()
    }

    fn default_size(sizes: &[u64]) -> u64 {
        DiskLayout::choose(512, &files(sizes), None, None).unwrap().size
    }

    #[test]
    fn the_default_is_a_quarter_more_than_needed_and_16_mib_at_least() {
        assert_eq!(default_size(&[]), 16 * MIB);
        assert_eq!(default_size(&[12 * MIB]), 18 * MIB);
        assert_eq!(default_size(&[1 << 30]), (1026 * MIB * 5 / 4).next_multiple_of(MIB));
    }

    #[test]
    fn the_size_that_an_error_names_is_the_smallest_that_does() {
        let files = files(&[5 * MIB, 3]);
        let Err(Error::TooSmall { needed, actual: 4_194_304 }) =
            DiskLayout::choose(512, &files, Some(4 * MIB), None)
        else {
            panic!("5 MiB fit in 4");
        };
        assert!(DiskLayout::choose(512, &files, Some(needed), None).is_ok());
        assert!(DiskLayout::choose(512, &files, Some(needed - MIB), None).is_err());
    }

    #[test]
    fn directories_count_with_their_long_names_and_both_dots() {
        let files = files(&[0, 0]);
        let entries = entries_by_directory(&files);
        assert_eq!(entries[""], 1 + 2);
        assert_eq!(entries["/subdir"], 2 + 2 * 2);
    }

    #[test]
    fn a_floppys_volume_begins_right_after_stage_2() {
        let layout = DiskLayout::choose(40 * 512, &[], Some(FLOPPY_SIZE), None).unwrap();
        assert_eq!(layout.partition, Partition { kind: 0x01, start: 41, sectors: 2880 - 41 });
    }

    #[test]
    fn stage_2_must_fit_in_front_of_the_volume() {
        let fits = DiskLayout::choose(2047 * 512, &[], None, None);
        assert!(fits.is_ok());
        let too_large = DiskLayout::choose(2048 * 512, &[], None, None);
        assert!(matches!(too_large, Err(Error::Stage2TooLarge { sectors: 2048, room: 2047 })));
    }
}
