//! The other end of a serial line that isn't as fast as QEMU's own: it reads at a pace, or stops.
//!
//! QEMU writes each byte by itself into a socket, which holds some 300 of them; then the machine's transmitter waits, as
//! a real one does.

use std::io::{self, Read};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};
use std::{env, fs, process};

use anyhow::{Context as _, Result};

/// How the other end reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Pace {
    /// At most so many bytes a second.
    pub bytes_per_second: Option<u32>,
    /// It stops after so many bytes, for so long; for good, where no time is named.
    pub pause: Option<(usize, Option<Duration>)>,
}

/// A line that QEMU isn't connected to yet.
#[derive(Debug)]
pub(super) struct Line {
    listener: UnixListener,
    path: PathBuf,
}

impl Line {
    /// Makes one, at a place of its own.
    pub(super) fn new() -> Result<Self> {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        // Sockets' paths are short.
        let name = format!("farjump-{}-{}.sock", process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let path = env::temp_dir().join(name);
        let listener = UnixListener::bind(&path).with_context(|| format!("can't make {}", path.display()))?;
        Ok(Self { listener, path })
    }

    /// Where QEMU connects to.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// What comes from QEMU, which has started and is connected, at this pace.
    pub(super) fn read(&self, pace: Pace) -> Result<PacedReader> {
        self.listener.set_nonblocking(true)?;
        let (stream, _) = self.listener.accept().context("QEMU isn't connected to its serial line")?;
        stream.set_nonblocking(false)?;
        Ok(PacedReader { stream, pace, count: 0, busy_until: Instant::now() })
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        // Nothing is lost if it stays.
        let _ = fs::remove_file(&self.path);
    }
}

/// Reads at a pace.
#[derive(Debug)]
pub(super) struct PacedReader {
    stream: UnixStream,
    pace: Pace,
    count: usize,
    /// When the last bytes would have come over a real line.
    busy_until: Instant,
}

/// Bytes read at once: a few milliseconds of a real line.
const CHUNK: usize = 32;

impl Read for PacedReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut most = buffer.len().min(CHUNK);
        if let Some((after, time)) = self.pace.pause {
            most = most.min(after - self.count);
            if most == 0 {
                pause(time);
                self.pace.pause = None;
                most = buffer.len().min(CHUNK);
            }
        }
        let length = self.stream.read(&mut buffer[..most])?;
        self.count += length;
        if let Some(rate) = self.pace.bytes_per_second {
            let takes = Duration::from_secs(1) * u32::try_from(length).unwrap_or(u32::MAX) / rate;
            self.busy_until = self.busy_until.max(Instant::now()) + takes;
            thread::sleep(self.busy_until.saturating_duration_since(Instant::now()));
        }
        Ok(length)
    }
}

/// For good, it keeps the line and its thread until this program ends: a line that is closed takes all.
fn pause(time: Option<Duration>) {
    match time {
        Some(time) => thread::sleep(time),
        None => loop {
            thread::park();
        },
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    fn reader(pace: Pace) -> (UnixStream, PacedReader) {
        let (ours, stream) = UnixStream::pair().unwrap();
        (ours, PacedReader { stream, pace, count: 0, busy_until: Instant::now() })
    }

    #[test]
    fn bytes_take_their_time() {
        let (mut sender, mut reader) = reader(Pace { bytes_per_second: Some(1000), pause: None });
        sender.write_all(&[7; 100]).unwrap();
        let start = Instant::now();
        reader.read_exact(&mut [0; 100]).unwrap();
        assert!(start.elapsed() >= Duration::from_millis(100));
    }

    #[test]
    fn a_pause_comes_after_its_byte_and_once() {
        let time = Duration::from_millis(100);
        let (mut sender, mut reader) = reader(Pace { bytes_per_second: None, pause: Some((3, Some(time))) });
        sender.write_all(b"abcdef").unwrap();
        let start = Instant::now();
        assert_eq!(reader.read(&mut [0; 9]).unwrap(), 3);
        assert_eq!(reader.read(&mut [0; 9]).unwrap(), 3);
        assert!(start.elapsed() >= time);
        assert_eq!(reader.pace.pause, None);
    }
}
