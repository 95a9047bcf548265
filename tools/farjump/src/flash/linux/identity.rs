//! Whether the disk that was opened is the disk that was shown.
//!
//! A name such as `sdX` is free again once its disk is unplugged, and the next disk takes it. The name and even the
//! device number then lead to another disk than the one that was checked. Two things tell them apart: the size, and the
//! number that Linux counts up for each disk it finds (`diskseq`, since Linux 5.15). An open descriptor keeps both.

use std::fs::{self, File, Metadata};
use std::io::{self, Seek as _, SeekFrom};
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _};
use std::path::PathBuf;

use rustix::fs::{major, minor};

use super::machine::Disk;

/// What tells one disk, or one file, from another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Identity {
    pub(super) number: Number,
    pub(super) size_bytes: u64,
    /// Linux's running number of the disk; `None` for files, and where Linux is too old to have it.
    pub(super) sequence: Option<u64>,
}

/// The numbers by which the system knows a path's target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Number {
    /// A device: its major and minor number in one.
    Device(u64),
    /// Anything else: the file system that it is on, and its number there.
    File { device: u64, inode: u64 },
}

impl Number {
    pub(super) fn of(metadata: &Metadata) -> Self {
        if metadata.file_type().is_block_device() {
            Self::Device(metadata.rdev())
        } else {
            Self::File { device: metadata.dev(), inode: metadata.ino() }
        }
    }

    /// The device's directory in `/sys`; none for a file.
    pub(super) fn sys_directory(self) -> Option<PathBuf> {
        let Self::Device(number) = self else { return None };
        Some(PathBuf::from(format!("/sys/dev/block/{}:{}", major(number), minor(number))))
    }
}

impl Identity {
    /// What was shown: `disk`, or the file with this `number` and as many bytes as `metadata` says.
    pub(super) fn shown(metadata: &Metadata, disk: Option<&Disk>) -> Self {
        let number = Number::of(metadata);
        match disk {
            Some(disk) => Self { number, size_bytes: disk.size_bytes, sequence: disk.sequence },
            None => Self { number, size_bytes: metadata.len(), sequence: None },
        }
    }

    /// What was opened. The descriptor is asked, never the path.
    ///
    /// A device number isn't assigned to another disk while the old one is open, so what `/sys` has under it
    /// is this disk.
    ///
    /// # Errors
    /// The descriptor can't be asked.
    pub(super) fn opened(mut file: &File) -> io::Result<Self> {
        let number = Number::of(&file.metadata()?);
        // A block device's end is its size, as ioctl BLKGETSIZE64 has it.
        let size_bytes = file.seek(SeekFrom::End(0))?;
        let sequence = number.sys_directory().and_then(|sys| {
            let text = fs::read_to_string(sys.join("diskseq")).ok()?;
            text.trim().parse().ok()
        });
        Ok(Self { number, size_bytes, sequence })
    }

    /// What differs in `opened`, in words; `None` if it is the same disk.
    pub(super) fn difference(&self, opened: &Self) -> Option<String> {
        if self.number != opened.number {
            Some("its device number is another".to_owned())
        } else if self.size_bytes != opened.size_bytes {
            Some(format!("it had {} bytes and has {}", self.size_bytes, opened.size_bytes))
        } else if self.sequence != opened.sequence {
            Some("a disk was taken out and one put in".to_owned())
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STICK: Identity =
        Identity { number: Number::Device(0x810), size_bytes: 16 << 30, sequence: Some(7) };

    #[test]
    fn another_disk_under_the_same_name_is_told_by_number_size_or_sequence() {
        assert_eq!(STICK.difference(&STICK), None);
        let other = |change: fn(&mut Identity)| {
            let mut opened = STICK;
            change(&mut opened);
            STICK.difference(&opened).unwrap_or_default()
        };
        assert_eq!(other(|disk| disk.number = Number::Device(0x820)), "its device number is another");
        assert_eq!(other(|disk| disk.size_bytes -= 512), "it had 17179869184 bytes and has 17179868672");
        assert_eq!(other(|disk| disk.sequence = Some(8)), "a disk was taken out and one put in");
        let old_linux = Identity { sequence: None, ..STICK };
        assert_eq!(old_linux.difference(&old_linux), None);
    }

    #[test]
    fn a_file_that_takes_the_place_of_the_one_shown_is_noticed() {
        let directory = tempfile::tempdir().unwrap();
        let [shown, other] = ["disk", "other"].map(|name| directory.path().join(name));
        fs::write(&shown, "precious").unwrap();
        fs::write(&other, "precious").unwrap();
        let identity = Identity::shown(&shown.metadata().unwrap(), None);
        assert_eq!(identity, Identity::opened(&File::open(&shown).unwrap()).unwrap());
        fs::rename(&other, &shown).unwrap();
        let opened = Identity::opened(&File::open(&shown).unwrap()).unwrap();
        assert_eq!(identity.difference(&opened).unwrap(), "its device number is another");
    }
}
