//! Feeds a guest's serial port from standard input.
//!
//! A driver that initialises a UART empties its receive buffer, as loader and kernel both do: what is sent
//! before is lost. So input is held back until the kernel says that it is up, or, for a kernel that doesn't
//! say so, for a while. The end of the input reaches the guest as Ctrl-D, which a serial line has for it.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;
use std::time::Duration;

/// How long input is held back from a kernel that doesn't say it is up.
const MAX_HOLD: Duration = Duration::from_secs(5);

/// ASCII "end of transmission".
const CTRL_D: u8 = 0x04;

/// What lets the input through.
#[derive(Debug)]
pub(super) struct Gate {
    open: Sender<()>,
    has_input: Arc<AtomicBool>,
}

impl Gate {
    /// The guest listens now.
    pub(super) fn open(&self) {
        // Fails if the gate has been opened already, by a call or by time.
        let _ = self.open.send(());
    }

    /// Whether there was anything to feed.
    pub(super) fn has_input(&self) -> bool {
        self.has_input.load(Ordering::Relaxed)
    }
}

/// Copies `source` to `port` in a thread of its own, from when the gate is opened.
pub(super) fn start(source: impl Read + Send + 'static, port: impl Write + Send + 'static) -> Gate {
    let (open, opened) = mpsc::channel();
    let has_input = Arc::new(AtomicBool::new(false));
    let seen = Arc::clone(&has_input);
    // Errors mean that the guest is gone, which the watch notices.
    thread::spawn(move || copy(BufReader::new(source), port, &seen, &opened));
    Gate { open, has_input }
}

fn copy(
    mut source: impl BufRead,
    mut port: impl Write,
    seen: &AtomicBool,
    opened: &Receiver<()>,
) -> io::Result<()> {
    seen.store(!source.fill_buf()?.is_empty(), Ordering::Relaxed);
    let _ = opened.recv_timeout(MAX_HOLD);
    io::copy(&mut source, &mut port)?;
    port.write_all(&[CTRL_D])?;
    port.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_the_input_becomes_ctrl_d() {
        let (sender, opened) = mpsc::channel();
        sender.send(()).unwrap();
        let mut port = Vec::new();
        let seen = AtomicBool::new(false);
        copy(&b"help\n"[..], &mut port, &seen, &opened).unwrap();
        assert!(seen.into_inner());
        assert_eq!(port, b"help\n\x04");
    }
}
