//! What an image is to hold, and the steps that write it.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, Seek, SeekFrom, Write};
use std::path::Path;

use boot_layout::disk::{SECTOR_SIZE, STAGE2_LBA};

use crate::content::PlannedFile;
use crate::destination::{self, directories, fold_case};
use crate::error::Error;
use crate::fat;
use crate::layout::DiskLayout;
use crate::mbr::{boot_sector, check_stage1};
use crate::temporary::TemporaryImage;
use crate::volume::FatKind;

/// What an image is to hold.
///
/// Without [`size`](Self::size) the disk has a quarter more than the contents need, in whole MiB, and
/// at least 16 MiB.
#[derive(Debug, Clone)]
pub struct ImagePlan<'a> {
    stage1: &'a [u8],
    stage2: &'a [u8],
    files: Vec<PlannedFile>,
    size: Option<u64>,
    kind: Option<FatKind>,
}

impl<'a> ImagePlan<'a> {
    /// A plan with the boot sector `stage1`, the loader `stage2` (whole sectors) and no files.
    #[must_use]
    pub fn new(stage1: &'a [u8], stage2: &'a [u8]) -> Self {
        Self { stage1, stage2, files: Vec::new(), size: None, kind: None }
    }

    /// Adds a file of the host under the absolute name `path`; it is read when the image is written.
    ///
    /// # Errors
    /// A name that FAT can't hold or that is taken; a source that is missing, no file, or too large.
    pub fn add_file(&mut self, path: &str, source: &Path) -> Result<(), Error> {
        self.check_free(path)?;
        self.files.push(PlannedFile::from_file(path, source)?);
        Ok(())
    }

    /// Adds a file of these bytes under the absolute name `path`.
    ///
    /// # Errors
    /// A name that FAT can't hold or that is taken.
    pub fn add_bytes(&mut self, path: &str, bytes: Vec<u8>) -> Result<(), Error> {
        self.check_free(path)?;
        self.files.push(PlannedFile::from_bytes(path, bytes)?);
        Ok(())
    }

    /// Does the same for a file that is written before all files added so far.
    ///
    /// # Errors
    /// As [`add_bytes`](Self::add_bytes).
    pub fn add_bytes_first(&mut self, path: &str, bytes: Vec<u8>) -> Result<(), Error> {
        self.check_free(path)?;
        self.files.insert(0, PlannedFile::from_bytes(path, bytes)?);
        Ok(())
    }

    /// Returns the absolute names of all files that were added, in the order in which they are written.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.files.iter().map(|file| file.path.as_str())
    }

    /// All bytes of the file that was added under the name `path`, whatever the case of its ASCII letters; `None` if
    /// there is none.
    ///
    /// # Errors
    /// A file of the host that can't be read.
    pub fn read(&self, path: &str) -> Result<Option<Vec<u8>>, Error> {
        let Some(file) = self.files.iter().find(|file| file.path.eq_ignore_ascii_case(path)) else {
            return Ok(None);
        };
        let mut bytes = Vec::new();
        file.read(&mut |chunk| {
            bytes.extend_from_slice(chunk);
            Ok(())
        })?;
        Ok(Some(bytes))
    }

    /// Sets the disk's size in bytes. [`FLOPPY_SIZE`](crate::FLOPPY_SIZE) makes a floppy image.
    pub fn set_size(&mut self, size: u64) {
        self.size = Some(size);
    }

    /// Sets the kind of FAT, where it shouldn't follow from the size.
    pub fn set_kind(&mut self, kind: FatKind) {
        self.kind = Some(kind);
    }

    /// Returns the number of bytes of all files: what [`write`](Self::write) reports as its whole work.
    #[must_use]
    pub fn content_bytes(&self) -> u64 {
        self.files.iter().map(|file| file.size).sum()
    }

    /// Writes the image to `target` and returns its size in bytes. `progress` is called for each chunk of a
    /// file: how many bytes it has.
    ///
    /// # Errors
    /// All of [`Error`]; `target` is then as it was before.
    pub fn write(&self, target: &Path, progress: &mut dyn FnMut(u64)) -> Result<u64, Error> {
        let image = TemporaryImage::beside(target)?;
        let size = self.write_to(&image, progress)?;
        image.replace_target()?;
        Ok(size)
    }

    /// As [`write`](Self::write), but `image` doesn't replace its target yet.
    ///
    /// # Errors
    /// All of [`Error`].
    pub fn write_to(&self, image: &TemporaryImage, progress: &mut dyn FnMut(u64)) -> Result<u64, Error> {
        let (file, target) = (image.file(), image.target());
        let stage1 = check_stage1(self.stage1)?;
        let layout = DiskLayout::choose(self.stage2.len(), &self.files, self.size, self.kind)?;
        let contents = self.write_after_boot_sector(file, &layout, target, progress)?;
        let sector = boot_sector(stage1, contents, layout.partition, layout.geometry);
        write_at(file, 0, &sector).map_err(Error::host(target, "write"))?;
        Ok(layout.size)
    }

    /// Writes all but the boot sector, and returns a number that depends on all that was written.
    fn write_after_boot_sector(
        &self,
        image: &File,
        layout: &DiskLayout,
        target: &Path,
        progress: &mut dyn FnMut(u64),
    ) -> Result<u32, Error> {
        let mut hash = crc32fast::Hasher::new();
        hash.update(self.stage1);
        hash.update(self.stage2);
        for file in &self.files {
            hash.update(file.path.as_bytes());
            hash.update(&file.size.to_le_bytes());
        }
        image.set_len(layout.size).map_err(Error::host(target, "make room for"))?;
        let stage2_start = u64::from(STAGE2_LBA) * SECTOR_SIZE as u64;
        write_at(image, stage2_start, self.stage2).map_err(Error::host(target, "write"))?;
        fat::format(image, layout).map_err(Error::host(target, "format the volume in"))?;
        fat::fill(image, layout, &self.files, &mut |chunk| {
            hash.update(chunk);
            progress(chunk.len() as u64);
        })?;
        // Zero would read as "no signature yet" to other systems.
        Ok(hash.finalize().max(1))
    }

    fn check_free(&self, path: &str) -> Result<(), Error> {
        destination::components(path)?;
        let folded = fold_case(path);
        let taken: BTreeSet<String> = self.files.iter().map(|file| fold_case(&file.path)).collect();
        if taken.contains(&folded) {
            return Err(Error::Duplicate(path.to_owned()));
        }
        let is_directory =
            |directory: &str| directories(taken.iter().map(String::as_str)).contains(directory);
        if is_directory(&folded)
            || directories([folded.as_str()].into_iter()).iter().any(|name| taken.contains(*name))
        {
            return Err(Error::FileAndDirectory(path.to_owned()));
        }
        Ok(())
    }
}

fn write_at(mut image: &File, position: u64, bytes: &[u8]) -> io::Result<()> {
    image.seek(SeekFrom::Start(position))?;
    image.write_all(bytes)
}
