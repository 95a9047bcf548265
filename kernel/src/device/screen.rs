//! The text screen that the loader has found, and its adapter's cursor.

use farjump_api::BootInfo;
use farjump_terminal::{Cursor, TextScreen};
use farjump_x86::vga::COLOR_TEXT;
use x86_64::instructions::port::PortWriteOnly;

/// The screen, and where its CRT controller is.
pub(crate) struct Screen {
    text: TextScreen<'static>,
    crtc_index: u16,
}

impl Screen {
    /// The screen of `boot_info`, if there is one.
    pub(crate) fn of_loader(boot_info: &BootInfo) -> Option<Self> {
        let screen = boot_info.console.text_screen()?;
        let address = boot_info.physical_memory_offset + screen.physical_address;
        let cells = usize::from(screen.columns) * usize::from(screen.rows);
        let first = core::ptr::with_exposed_provenance_mut(address as usize);
        // SAFETY: the adapter's memory, mapped with all physical memory; the loader is gone, and nothing else
        // in the kernel refers to it.
        let cells = unsafe { core::slice::from_raw_parts_mut(first, cells) };
        let cursor = Cursor { column: screen.cursor_column.into(), row: screen.cursor_row.into() };
        let text = TextScreen::new(cells, screen.columns.into(), cursor)?;
        Some(Self { text, crtc_index: crtc_index(screen.physical_address) })
    }

    pub(crate) fn write(&mut self, text: &str) {
        self.text.write(text);
    }

    /// Moves the blinking cursor to where the next character goes.
    ///
    /// Source: VGA's CRT controller, registers 0Eh and 0Fh: the cursor's cell, upper and lower byte.
    pub(crate) fn show_cursor(&self) {
        const CURSOR_HIGH: u8 = 0x0E;
        const CURSOR_LOW: u8 = 0x0F;
        let Cursor { column, row } = self.text.cursor();
        let cell = u16::try_from(row * self.text.columns() + column).unwrap_or(u16::MAX);
        let [low, high] = cell.to_le_bytes();
        for (register, value) in [(CURSOR_HIGH, high), (CURSOR_LOW, low)] {
            // SAFETY: selects one of the cursor's registers.
            unsafe { PortWriteOnly::<u8>::new(self.crtc_index).write(register) };
            // SAFETY: any cell may have the cursor; one outside the screen hides it.
            unsafe { PortWriteOnly::<u8>::new(self.crtc_index + 1).write(value) };
        }
    }
}

/// The CRT controller's index port; its data port is the next one. An adapter whose memory is at B0000h is in a
/// monochrome mode, and there it has other ports.
///
/// Source: RBIL PORT 03B0h-03BBh, PORT 03D4h-03D5h.
const fn crtc_index(physical_address: u64) -> u16 {
    if physical_address < COLOR_TEXT as u64 { 0x3B4 } else { 0x3D4 }
}
