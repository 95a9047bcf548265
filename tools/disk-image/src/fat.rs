//! The FAT volume: formatted, then filled, each file in one go so that its clusters are neighbours.

use std::fs::File;
use std::io::{self, Seek, SeekFrom, Write};

use fatfs::{FileSystem, FormatVolumeOptions, FsOptions};

use crate::content::PlannedFile;
use crate::destination::directories;
use crate::error::Error;
use crate::layout::DiskLayout;
use crate::timestamp::image_time;
use crate::volume::{FatKind, ROOT_ENTRIES};
use crate::window::Window;

/// What a file manager shows for the mounted volume.
const LABEL: [u8; 11] = *b"FARJUMP    ";

/// Always the same, so that equal contents make equal images.
const VOLUME_ID: u32 = u32::from_be_bytes(*b"FARJ");

/// Offset of the BPB's field `BPB_HiddSec`: sectors in front of the volume. `fatfs` leaves it at zero.
///
/// Source: Microsoft FAT specification, "BPB".
const HIDDEN_SECTORS_OFFSET: u64 = 0x1C;

/// Sector of the second copy of a FAT32 volume's boot sector, as `fatfs` places it.
const BACKUP_BOOT_SECTOR: u64 = 6;

/// What is told of each chunk that was written: its bytes.
pub(crate) type Observer<'a> = &'a mut dyn FnMut(&[u8]);

/// Makes an empty volume.
pub(crate) fn format(image: &File, layout: &DiskLayout) -> io::Result<()> {
    let mut window = layout.volume_window(image);
    let options = FormatVolumeOptions::new()
        .total_sectors(layout.partition.sectors)
        .bytes_per_cluster(layout.volume.cluster_bytes())
        .max_root_dir_entries(ROOT_ENTRIES)
        .media(if layout.is_floppy { 0xF0 } else { 0xF8 })
        .drive_num(if layout.is_floppy { 0x00 } else { 0x80 })
        .heads(u16::from(layout.geometry.heads))
        .sectors_per_track(u16::from(layout.geometry.sectors_per_track))
        .volume_id(VOLUME_ID)
        .volume_label(LABEL);
    fatfs::format_volume(&mut window, options)?;
    let copies: &[u64] = if layout.volume.kind == FatKind::Fat32 { &[0, BACKUP_BOOT_SECTOR] } else { &[0] };
    for sector in copies {
        window.seek(SeekFrom::Start(sector * 512 + HIDDEN_SECTORS_OFFSET))?;
        window.write_all(&layout.partition.start.to_le_bytes())?;
    }
    Ok(())
}

/// Puts `files` into the formatted volume, directories first.
pub(crate) fn fill(
    image: &File,
    layout: &DiskLayout,
    files: &[PlannedFile],
    observer: Observer<'_>,
) -> Result<(), Error> {
    let options = FsOptions::new().time_provider(image_time()?);
    let volume = FileSystem::new(layout.volume_window(image), options).map_err(Error::volume("/"))?;
    for directory in directories(files.iter().map(|file| file.path.as_str())) {
        volume.root_dir().create_dir(&directory[1..]).map_err(Error::volume(directory))?;
    }
    for file in files {
        copy(&volume, file, observer)?;
    }
    volume.unmount().map_err(Error::volume("/"))
}

fn copy(volume: &FileSystem<Window<&File>>, file: &PlannedFile, observer: Observer<'_>) -> Result<(), Error> {
    let mut target = volume.root_dir().create_file(&file.path[1..]).map_err(Error::volume(&file.path))?;
    file.read(&mut |chunk| {
        observer(chunk);
        target.write_all(chunk).map_err(Error::volume(&file.path))
    })?;
    target.flush().map_err(Error::volume(&file.path))
}
