//! What is printed while the console is printing.
//!
//! The console is held with interrupts off, so only two can come in its midst, and both can't wait for it: an
//! exception's or a non-maskable interrupt's handler, and a `Display` that prints. Their text is kept here, and the
//! console prints it when it is through with its own.

use core::fmt::{self, Write};
use core::sync::atomic::{AtomicUsize, Ordering};

use crate::sync::{IrqMutex, NeverReturns};

/// Bytes that are kept.
const CAPACITY: usize = 1024;

struct Text {
    bytes: [u8; CAPACITY],
    len: usize,
}

static TEXT: IrqMutex<Text> = IrqMutex::new(Text { bytes: [0; CAPACITY], len: 0 });

/// Bytes that found no room.
static LOST: AtomicUsize = AtomicUsize::new(0);

/// Keeps `text` until the console is free.
pub(super) fn keep(text: fmt::Arguments<'_>) {
    // Held by the code that this has interrupted, which happens if non-maskable interrupts come fast: it is lost.
    match TEXT.try_lock() {
        // Infallible: what doesn't fit is counted.
        Some(mut kept) => drop(kept.write_fmt(text)),
        None => count_lost(1),
    }
}

fn count_lost(bytes: usize) {
    LOST.fetch_add(bytes, Ordering::Relaxed);
}

/// Prints what is kept.
pub(super) fn flush(console: &mut impl Write) -> fmt::Result {
    if let Some(mut kept) = TEXT.try_lock()
        && kept.len > 0
    {
        let len = core::mem::take(&mut kept.len);
        for part in kept.bytes[..len].utf8_chunks() {
            console.write_str(part.valid())?;
        }
    }
    match LOST.swap(0, Ordering::Relaxed) {
        0 => Ok(()),
        // The last line that was kept may lack its end.
        lost => writeln!(console, "\nconsole: {lost} bytes or more of its output are lost"),
    }
}

/// For a report of the end. Bytes that the holder left are bytes of text.
pub(super) fn break_lock(proof: &NeverReturns) {
    TEXT.break_lock(proof);
}

impl Write for Text {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let room = &mut self.bytes[self.len..];
        let len = text.len().min(room.len());
        room[..len].copy_from_slice(&text.as_bytes()[..len]);
        self.len += len;
        if len < text.len() {
            count_lost(text.len() - len);
        }
        Ok(())
    }
}
