//! Where the loader's lines went, so that the kernel's can follow them.

/// The console as the loader leaves it.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Console {
    /// I/O port of a UART that answered, 115200 8N1, or zero.
    pub serial_port: u16,
    /// Zero.
    pub reserved: [u16; 3],
    /// The text screen. All zero where there is none.
    pub screen: TextScreen,
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

const _: () = assert!(size_of::<Console>() == 24);
