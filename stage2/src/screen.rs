//! Finds the VGA text screen and the position of the BIOS's cursor.

use boot_layout::bios::{self, data_area};
use farjump_api as protocol;
use farjump_terminal::{Cursor, TextScreen};
use farjump_x86::vga;

use crate::memory;

/// Number of rows if the BIOS doesn't report it.
const DEFAULT_ROWS: usize = 25;

/// Cells of the largest supported text mode: 132 by 60.
const MAX_CELLS: usize = 132 * 60;

/// The screen and its address.
pub(crate) struct Screen {
    physical_address: u64,
    pub(crate) text: TextScreen<'static>,
}

impl Screen {
    /// Returns the screen, if the BIOS has set a text mode and the adapter has memory.
    pub(crate) fn probe() -> Option<Self> {
        let address = match memory::read::<u8>(data_area::VIDEO_MODE) {
            0..=bios::LAST_COLOR_TEXT_MODE => vga::COLOR_TEXT,
            bios::VIDEO_MODE_MONOCHROME => vga::MONOCHROME_TEXT,
            _ => return None,
        };
        let columns = usize::from(memory::read::<u16>(data_area::COLUMNS));
        let rows = match memory::read::<u8>(data_area::ROWS_LESS_ONE) {
            0 => DEFAULT_ROWS,
            rows => usize::from(rows) + 1,
        };
        let [column, row] = memory::read::<[u8; 2]>(data_area::CURSOR).map(usize::from);
        let physical_address = u64::from(address);
        if columns * rows > MAX_CELLS || !is_memory(physical_address) {
            return None;
        }
        // SAFETY: the adapter's memory has at least 32 KiB, of which less than half is used, and there is no other
        // reference to it.
        let cells = unsafe { memory::slice_mut(physical_address, columns * rows) };
        Some(Self { physical_address, text: TextScreen::new(cells, columns, Cursor { column, row })? })
    }

    /// Describes the screen to the kernel, which continues after the cursor.
    pub(crate) fn describe(&self) -> protocol::TextScreen {
        let narrow = |number: usize| u16::try_from(number).unwrap_or(u16::MAX);
        let Cursor { column, row } = self.text.cursor();
        protocol::TextScreen {
            physical_address: self.physical_address,
            columns: narrow(self.text.columns()),
            rows: narrow(self.text.rows()),
            cursor_column: narrow(column),
            cursor_row: narrow(row),
        }
    }
}

/// Returns whether there is memory at `address`: without an adapter, all bits read as ones.
fn is_memory(address: u64) -> bool {
    // SAFETY: this is the adapter's first cell, if there is an adapter, and there is no other reference to it.
    let cell = unsafe { memory::slice_mut::<u16>(address, 1) }.as_mut_ptr();
    // SAFETY: `cell` is mapped and aligned.
    let before = unsafe { cell.read_volatile() };
    // SAFETY: `cell` is mapped and aligned, and the last write restores its value.
    unsafe { cell.write_volatile(!before) };
    // SAFETY: `cell` is mapped and aligned.
    let after = unsafe { cell.read_volatile() };
    // SAFETY: `cell` is mapped and aligned; this is the value that it had.
    unsafe { cell.write_volatile(before) };
    after == !before
}
