//! The first serial port, COM1, and its settings: 115200 baud, 8 data bits, no parity, 1 stop bit.
//!
//! Source: National Semiconductor PC16550D data sheet, "Registers".

/// Transmitter; with [`DIVISOR_LATCH`] set, the divisor's lower byte.
pub const DATA: u16 = 0x3F8;

/// Line control.
pub const LINE_CONTROL: u16 = DATA + 3;

/// Modem control.
pub const MODEM_CONTROL: u16 = DATA + 4;

/// Line status.
pub const LINE_STATUS: u16 = DATA + 5;

/// Bit of line control: the first two registers are the divisor.
pub const DIVISOR_LATCH: u8 = 0x80;

/// Bits of line control: 8 data bits, no parity, 1 stop bit.
pub const LINE_8N1: u8 = 0x03;

/// 115200 baud, the highest rate: the UART's clock isn't divided.
pub const DIVISOR: u8 = 1;

/// Bits of modem control: data terminal ready, request to send.
pub const DTR_RTS: u8 = 0x03;

/// The maximum number of polls in a wait for the port: about 65 ms on an ISA bus, for a character that takes 87 µs.
///
/// 16-bit code counts in CX, which starts at zero and wraps around to zero.
pub const MAX_POLLS: u32 = 1 << 16;

/// Bit of line status: the transmitter accepts a byte.
pub const TRANSMITTER_EMPTY: u8 = 0x20;
