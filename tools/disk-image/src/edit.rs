//! Reading, replacing and adding files on an existing volume: what `update-checksums` does to an image, and what tests
//! do.

use std::fs::File;
use std::io::{ErrorKind, Read as _, Seek as _, SeekFrom, Write as _};

use fatfs::{FileSystem, FsOptions};

use crate::error::Error;
use crate::timestamp::image_time;
use crate::window::Window;

/// A FAT volume in an image, opened to be changed.
pub struct ExistingVolume {
    volume: FileSystem<Window<File>>,
}

impl ExistingVolume {
    /// Returns the volume of `len` bytes from byte `start` of `image` on.
    ///
    /// # Errors
    /// There is no FAT volume.
    pub fn open(image: File, start: u64, len: u64) -> Result<Self, Error> {
        let options = FsOptions::new().time_provider(image_time()?);
        let volume = FileSystem::new(Window::new(image, start, len), options).map_err(Error::volume("/"))?;
        Ok(Self { volume })
    }

    /// Returns all bytes of the file at `path`, which is absolute.
    ///
    /// # Errors
    /// There is none, or it can't be read.
    pub fn read(&self, path: &str) -> Result<Vec<u8>, Error> {
        let mut bytes = Vec::new();
        let mut read = || self.volume.root_dir().open_file(relative(path))?.read_to_end(&mut bytes);
        read().map_err(Error::existing(path))?;
        Ok(bytes)
    }

    /// Puts a new file of these bytes at `path`, whose directory exists.
    ///
    /// # Errors
    /// There is such a file, or no such directory, or no room.
    pub fn add(&self, path: &str, bytes: &[u8]) -> Result<(), Error> {
        let write = || {
            let root = self.volume.root_dir();
            if root.open_file(relative(path)).is_ok() {
                return Err(ErrorKind::AlreadyExists.into());
            }
            let mut file = root.create_file(relative(path))?;
            file.write_all(bytes)?;
            file.flush()
        };
        write().map_err(Error::existing(path))
    }

    /// Makes `bytes` the contents of the file at `path`, which exists.
    ///
    /// # Errors
    /// It doesn't, or there is no room.
    pub fn replace(self, path: &str, bytes: &[u8]) -> Result<(), Error> {
        let write = || {
            let mut file = self.volume.root_dir().open_file(relative(path))?;
            file.seek(SeekFrom::Start(0))?;
            file.write_all(bytes)?;
            file.truncate()?;
            file.flush()
        };
        write().map_err(Error::existing(path))?;
        self.volume.unmount().map_err(Error::existing(path))
    }
}

fn relative(path: &str) -> &str {
    path.trim_start_matches('/')
}
