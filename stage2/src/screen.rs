//! Finds the VGA text screen, and where the BIOS's cursor stands in it.

use boot_layout::bios::{self, data_area};
use farjump_api as protocol;
use farjump_terminal::{Cursor, TextScreen};
use farjump_x86::vga;

use crate::memory;

/// Rows where the BIOS doesn't say.
const DEFAULT_ROWS: usize = 25;

/// Cells of the largest text mode that counts: 132 by 60.
const MAX_CELLS: usize = 132 * 60;

/// The screen, and where it lies.
pub(crate) struct Screen {
    physical_address: u64,
    pub(crate) text: TextScreen<'static>,
}

impl Screen {
    /// The screen, if the BIOS has set a text mode and there is memory behind it.
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
        if columns * rows > MAX_CELLS || !holds_what_is_written(physical_address) {
            return None;
        }
        // SAFETY: the adapter's memory, 32 KiB at least, of which less than half is used; nothing else
        // refers to it.
        let cells = unsafe { memory::slice_mut(physical_address, columns * rows) };
        Some(Self { physical_address, text: TextScreen::new(cells, columns, Cursor { column, row })? })
    }

    /// For the kernel, which goes on below.
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

/// Whether there is memory: without an adapter, reads give all ones.
fn holds_what_is_written(address: u64) -> bool {
    // SAFETY: the adapter's first cell, if there is an adapter; nothing else refers to it.
    let cell = unsafe { memory::slice_mut::<u16>(address, 1) }.as_mut_ptr();
    // SAFETY: `cell` is mapped and aligned.
    let before = unsafe { cell.read_volatile() };
    // SAFETY: as above; it is put back.
    unsafe { cell.write_volatile(!before) };
    // SAFETY: as above.
    let after = unsafe { cell.read_volatile() };
    // SAFETY: as above.
    unsafe { cell.write_volatile(before) };
    after == !before
}
