//! Where the loader's lines went, so that the kernel's can follow them.

/// The console as the loader leaves it.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Console {
    /// I/O port of a UART that answered, 115200 8N1, or zero.
    pub serial_port: u16,
    /// Zero.
    pub reserved: [u16; 3],
    /// The text screen. All zero where there is none: [`Self::text_screen`] is the same as an `Option`.
    pub screen: TextScreen,
}

impl Console {
    /// Returns the text screen; `None` where there is none, as on a machine with UEFI.
    #[must_use]
    pub fn text_screen(&self) -> Option<TextScreen> {
        Some(self.screen).filter(|screen| screen.physical_address != 0)
    }
}

/// A VGA text screen: cells of two bytes, character and attribute.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TextScreen {
    /// Physical address of the first cell, zero where there is no screen.
    pub physical_address: u64,
    /// Cells in a row.
    pub columns: u16,
    /// Rows.
    pub rows: u16,
    /// Column of the next character. Equal to `columns` when the row is full.
    pub cursor_column: u16,
    /// Row of the next character. Equal to `rows` when the screen must scroll before the next one.
    pub cursor_row: u16,
}

impl TextScreen {
    /// No screen.
    pub const NONE: Self = Self { physical_address: 0, columns: 0, rows: 0, cursor_column: 0, cursor_row: 0 };
}

const _: () = {
    use core::mem::offset_of;
    assert!(size_of::<Console>() == 24);
    assert!(offset_of!(Console, screen) == 8);
    assert!(offset_of!(TextScreen, columns) == 8);
    assert!(offset_of!(TextScreen, rows) == 10);
    assert!(offset_of!(TextScreen, cursor_column) == 12);
    assert!(offset_of!(TextScreen, cursor_row) == 14);
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_screen_without_an_address_is_none() {
        let screen = TextScreen { physical_address: 0xB_8000, columns: 80, rows: 25, ..TextScreen::NONE };
        let console = |screen| Console { serial_port: 0, reserved: [0; 3], screen };
        assert_eq!(console(screen).text_screen(), Some(screen));
        assert_eq!(console(TextScreen { physical_address: 0, ..screen }).text_screen(), None);
    }
}
