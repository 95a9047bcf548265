//! A part of a file that behaves like a file: the partition in the image, as the FAT library sees it.

use std::io::{self, Read, Seek, SeekFrom, Write};

/// The bytes of `file` from `start` on, `len` of them.
#[derive(Debug)]
pub(crate) struct Window<F> {
    file: F,
    start: u64,
    len: u64,
    position: u64,
}

impl<F: Seek> Window<F> {
    /// A window whose position is its own start.
    pub(crate) fn new(file: F, start: u64, len: u64) -> Self {
        Self { file, start, len, position: 0 }
    }

    /// Brings the file to the window's position and cuts `wanted` off at the window's end.
    fn prepare(&mut self, wanted: usize) -> io::Result<usize> {
        self.file.seek(SeekFrom::Start(self.start + self.position))?;
        let left = usize::try_from(self.len.saturating_sub(self.position)).unwrap_or(usize::MAX);
        Ok(wanted.min(left))
    }
}

impl<F: Read + Seek> Read for Window<F> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let len = self.prepare(buffer.len())?;
        let read = self.file.read(&mut buffer[..len])?;
        self.position += read as u64;
        Ok(read)
    }
}

impl<F: Write + Seek> Write for Window<F> {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        let len = self.prepare(buffer.len())?;
        let written = self.file.write(&buffer[..len])?;
        self.position += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl<F: Seek> Seek for Window<F> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let position = match to {
            SeekFrom::Start(offset) => Some(offset),
            SeekFrom::Current(offset) => self.position.checked_add_signed(offset),
            SeekFrom::End(offset) => self.len.checked_add_signed(offset),
        };
        self.position = position.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.position)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    #[test]
    fn nothing_outside_the_window_is_read_or_written() {
        let mut file = *b"outside-inside-outside";
        let mut window = Window::new(Cursor::new(&mut file[..]), 8, 6);
        let mut text = String::new();
        window.read_to_string(&mut text).unwrap();
        assert_eq!(text, "inside");
        window.seek(SeekFrom::End(-2)).unwrap();
        assert_eq!(window.write(b"12345").unwrap(), 2);
        assert_eq!(&file, b"outside-insi12-outside");
    }

    #[test]
    fn a_position_in_front_of_the_window_is_an_error() {
        let mut window = Window::new(Cursor::new([0; 8]), 4, 4);
        assert!(window.seek(SeekFrom::Current(-1)).is_err());
    }
}
