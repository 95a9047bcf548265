//! Writes an image to a disk, and reads back what is really there.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use anyhow::{Context as _, Result, bail};
use rustix::fs::{Advice, OFlags, fadvise, fcntl_getfl, fcntl_setfl};

use crate::image::progress::bar;

/// Bytes that are copied at a time.
const CHUNK_SIZE: usize = 1 << 20;

/// What buffers are aligned to for reads past the cache: a page, which no device wants more than.
const ALIGNMENT: usize = 4096;

/// Opens the disk for writing and reading back. While a disk (`is_disk`) is open, the system lets no one mount it or
/// open it exclusively; closing it has the desktop look at it anew, and perhaps mount and change it. So it is opened
/// once, before anything is asked, and closed when it has been compared.
///
/// # Errors
/// It is in use after all, or the rights don't suffice.
pub(super) fn open(path: &Path, is_disk: bool) -> Result<File> {
    let exclusive = if is_disk { flags(OFlags::EXCL) } else { 0 };
    let opened = OpenOptions::new().read(true).write(true).custom_flags(exclusive).open(path);
    opened.map_err(|error| match error.kind() {
        io::ErrorKind::PermissionDenied => {
            anyhow::anyhow!("{}: only root may write to it; {}", path.display(), super::as_root())
        }
        io::ErrorKind::ResourceBusy => {
            anyhow::anyhow!(
                "{}: something uses it; `lsblk {0}` shows what, unmount or stop that",
                path.display()
            )
        }
        _ => anyhow::Error::new(error).context(format!("{}: can't open it", path.display())),
    })
}

/// Copies the whole image to the beginning of `disk`, and waits until it is there.
pub(super) fn write(image: &mut File, size: u64, disk: &mut File) -> Result<()> {
    image.seek(SeekFrom::Start(0))?;
    disk.seek(SeekFrom::Start(0))?;
    let bar = bar(size, "writing");
    let mut chunk = vec![0; CHUNK_SIZE];
    let mut left = size;
    while left > 0 {
        let length = usize::try_from(left).unwrap_or(CHUNK_SIZE).min(CHUNK_SIZE);
        image.read_exact(&mut chunk[..length]).context("the image can't be read to its end")?;
        disk.write_all(&chunk[..length]).with_context(|| cut_short(size - left))?;
        left -= length as u64;
        bar.inc(length as u64);
    }
    bar.set_message("waiting for the disk");
    let synced = disk.sync_all().with_context(|| cut_short(size));
    bar.finish_and_clear();
    synced
}

fn cut_short(written: u64) -> String {
    format!(
        "the disk took {written} bytes and then failed; it may be broken: try another one, or another port"
    )
}

/// Reads the disk's beginning past the system's cache and compares it with the image.
///
/// # Errors
/// It can't be read, or holds something else.
pub(super) fn verify(image: &mut File, size: u64, disk: &mut File) -> Result<()> {
    image.seek(SeekFrom::Start(0))?;
    disk.seek(SeekFrom::Start(0))?;
    read_past_cache(disk)?;
    let bar = bar(size, "reading back");
    let (mut expected, mut room) = (vec![0; CHUNK_SIZE], vec![0; CHUNK_SIZE + ALIGNMENT]);
    let start = room.as_ptr().align_offset(ALIGNMENT);
    let found = &mut room[start..start + CHUNK_SIZE];
    let mut done = 0;
    while done < size {
        let length = usize::try_from(size - done).unwrap_or(CHUNK_SIZE).min(CHUNK_SIZE);
        let expected = &mut expected[..length];
        image.read_exact(expected).context("the image can't be read again")?;
        let read = fill(disk, found, length).context("the disk can't be read back; try another one")?;
        if let Some(position) = difference(expected, &found[..read]) {
            bail!(
                "byte {} isn't what was written; the disk is broken, or smaller than it says: use another one",
                done + position
            );
        }
        done += length as u64;
        bar.inc(length as u64);
    }
    bar.finish_and_clear();
    Ok(())
}

/// Where the two first differ; a missing byte differs, too.
fn difference(expected: &[u8], found: &[u8]) -> Option<u64> {
    let same = expected.iter().zip(found).take_while(|(expected, found)| expected == found).count();
    (same < expected.len()).then_some(same as u64)
}

/// Reads `wanted` bytes at least, where there are as many, in whole buffers: reads past the cache must be.
fn fill(disk: &mut impl Read, buffer: &mut [u8], wanted: usize) -> io::Result<usize> {
    let mut filled = 0;
    while filled < wanted {
        match disk.read(&mut buffer[filled..]) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled.min(wanted))
}

/// From now on reads come from the medium; where the file system can't, drops what the cache has of it.
fn read_past_cache(disk: &File) -> Result<()> {
    let flags = fcntl_getfl(disk).context("the disk's open file can't be asked for its flags")?;
    if fcntl_setfl(disk, flags | OFlags::DIRECT).is_err() {
        fadvise(disk, 0, None, Advice::DontNeed).context("the cache can't be dropped")?;
    }
    Ok(())
}

fn flags(flags: OFlags) -> i32 {
    flags.bits().cast_signed()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_byte_that_differs_is_found_and_a_missing_one_differs() {
        assert_eq!(difference(b"abc", b"abcd"), None);
        assert_eq!(difference(b"abc", b"abd"), Some(2));
        assert_eq!(difference(b"abc", b"a"), Some(1));
    }

    #[test]
    fn what_is_written_is_read_back_and_damage_is_named_with_its_place() {
        let directory = tempfile::tempdir().unwrap();
        let (image, disk) = (directory.path().join("image"), directory.path().join("disk"));
        let bytes: Vec<u8> = (0..251).cycle().take(3 * CHUNK_SIZE + 512).collect();
        std::fs::write(&image, &bytes).unwrap();
        std::fs::write(&disk, vec![0xFF; 4 * CHUNK_SIZE]).unwrap();
        let (mut image, size) = (File::open(&image).unwrap(), bytes.len() as u64);
        let mut opened = open(&disk, false).unwrap();
        write(&mut image, size, &mut opened).unwrap();
        verify(&mut image, size, &mut opened).unwrap();
        let mut written = std::fs::read(&disk).unwrap();
        assert_eq!(written[..bytes.len()], bytes);
        assert_eq!(written[bytes.len()..], vec![0xFF; CHUNK_SIZE - 512], "what follows the image stays");
        written[2 * CHUNK_SIZE + 5] ^= 1;
        std::fs::write(&disk, written).unwrap();
        let error = verify(&mut image, size, &mut open(&disk, false).unwrap()).unwrap_err().to_string();
        assert!(error.starts_with(&format!("byte {} isn't what was written", 2 * CHUNK_SIZE + 5)), "{error}");
    }
}
