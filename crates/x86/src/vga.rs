//! The text screen of a VGA: a word for each cell, the character in its lower byte, the attribute in its upper.
//!
//! Source: VGA text modes, RBIL MEM B800h and MEM B000h.

/// First cell of a colour text screen.
pub const COLOR_TEXT: u32 = 0xB_8000;

/// First cell of a monochrome text screen.
pub const MONOCHROME_TEXT: u32 = 0xB_0000;

/// A cell's attribute: light grey on black, what a BIOS writes.
pub const LIGHT_GREY: u8 = 0x07;
