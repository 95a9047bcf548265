//! Text for the host to read, up to a NUL: it stays in a static until the next text.

use core::ffi::c_char;
use core::fmt;
use core::sync::atomic::{AtomicU8, Ordering};

const SIZE: usize = 256;

/// Atomic bytes: two threads that ask at the same time get a mixture, and nothing worse.
static TEXT: [AtomicU8; SIZE] = [const { AtomicU8::new(0) }; SIZE];

struct Writer {
    written: usize,
}

/// Formats `arguments` into the static, cut to its size, and returns its address.
pub(crate) fn keep(arguments: fmt::Arguments<'_>) -> *const c_char {
    let mut writer = Writer { written: 0 };
    // What doesn't fit is left out.
    let _ = fmt::write(&mut writer, arguments);
    if let Some(end) = TEXT.get(writer.written) {
        end.store(0, Ordering::Relaxed);
    }
    TEXT.as_ptr().cast()
}

impl fmt::Write for Writer {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for byte in text.bytes() {
            // The last one stays NUL.
            let cell = TEXT[..SIZE - 1].get(self.written).ok_or(fmt::Error)?;
            cell.store(byte, Ordering::Relaxed);
            self.written += 1;
        }
        Ok(())
    }
}
